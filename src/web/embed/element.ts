/** <slotwire-booking>: a booking page within another site's page, in its place, in a dialog, or behind a floating button. */
import { type BookingFrame, createBookingFrame } from './booking-frame.ts';
import { type ElementLabels, labelsFor } from './element-labels.ts';
import { type EmbedMode, frameAddress, PAGE_ATTRIBUTES, parseMode } from './frame-address.ts';
import type { FrameMessage } from './messages.ts';
import { createPopup, type Popup } from './popup.ts';
import { elementStyles } from './styles.ts';

/** What is in the element's shadow tree while it is in the document. */
interface Parts {
  readonly mode: EmbedMode;
  readonly frame: BookingFrame;
  /** Null: inline. */
  readonly popup: Popup | null;
}

/** @param origin of the gateway. @returns the element's class */
export function bookingElement(origin: string) {
  return class SlotwireBooking extends HTMLElement {
    static readonly observedAttributes = ['mode', ...PAGE_ATTRIBUTES];
    #parts: Parts | null = null;
    #isScheduled = false;
    #hasBooked = false;

    connectedCallback(): void {
      if (!this.#parts) this.#build();
    }

    disconnectedCallback(): void {
      this.#parts?.popup?.close();
      this.#parts?.frame.close();
      this.#parts = null;
    }

    /** Several attributes are mostly set at once: the page is loaded after the last one. */
    attributeChangedCallback(): void {
      if (this.#isScheduled || !this.#parts) return;
      this.#isScheduled = true;
      queueMicrotask(() => {
        this.#isScheduled = false;
        if (!this.#parts) return;
        if (this.#parts.mode === parseMode(this.getAttribute('mode'))) return this.#loadIfShown();
        this.disconnectedCallback();
        this.#build();
      });
    }

    /** Opens the dialog. In place, the page is brought into sight and gets the focus. */
    open(): void {
      const parts = this.#parts;
      if (!parts) return;
      if (parts.popup) {
        // A visitor who has booked begins anew.
        if (this.#hasBooked) parts.frame.forget();
        this.#hasBooked = false;
        parts.popup.open();
        this.#loadIfShown();
      } else {
        this.scrollIntoView({ block: 'nearest' });
        parts.frame.iframe.focus();
      }
    }

    #build(): void {
      const mode = parseMode(this.getAttribute('mode'));
      const shadow = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
      shadow.adoptedStyleSheets = [elementStyles()];
      const labels = labelsFor(this.getAttribute('locale'));
      const frame = createBookingFrame({
        origin,
        labels,
        onMessage: (message) => this.#hear(message),
      });
      const shown = [frame.iframe, frame.missing];
      const popup = mode === 'inline' ? null : createPopup(shown, labels);
      this.#parts = { mode, frame, popup };
      shadow.replaceChildren(...(popup ? [opener(labels, () => this.open()), popup.dialog] : shown));
      this.#loadIfShown();
    }

    /** A dialog loads its page when it is first opened. */
    #loadIfShown(): void {
      const { frame, popup } = this.#parts ?? {};
      const address = frameAddress(origin, (name) => this.getAttribute(name));
      if (frame && address && (!popup || popup.dialog.open)) frame.load(address);
    }

    #hear(message: FrameMessage): void {
      switch (message.type) {
        case 'slotwire:close':
          this.#parts?.popup?.close();
          return;
        case 'slotwire:sight':
          if (this.#parts?.mode === 'inline') scrollToPart(this.#parts.frame.iframe, message);
          return;
        case 'slotwire:height':
          return;
        case 'slotwire:booked':
          this.#hasBooked = true;
      }
      const detail = 'detail' in message ? message.detail : null;
      this.dispatchEvent(new CustomEvent(message.type, { detail, bubbles: true, composed: true }));
    }
  };
}

/** What opens the dialog: elements of the page's own within <slotwire-booking>, else a button with its text. */
function opener({ title }: ElementLabels, open: () => void): HTMLElement {
  const wrapper = document.createElement('span');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'open';
  button.setAttribute('part', 'button');
  button.setAttribute('aria-haspopup', 'dialog');
  const slot = document.createElement('slot');
  slot.textContent = title;
  button.append(slot);
  wrapper.append(button);
  // The elements may come after the script, and are buttons or links of their own, which must not lie in a button.
  slot.addEventListener('slotchange', () => {
    const isOwn = slot.assignedElements().length > 0;
    if (isOwn === (slot.parentElement === wrapper)) return;
    if (isOwn) button.replaceWith(slot);
    else {
      slot.replaceWith(button);
      button.append(slot);
    }
  });
  wrapper.addEventListener('click', (event) => {
    // A link of the page's own still opens a tab of its own when its visitor wants one.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  return wrapper;
}

/** Scrolls a part of what is in the frame into sight, as little as will do: the page in the frame can't scroll what it is in. */
function scrollToPart(iframe: HTMLIFrameElement, { top, bottom }: { top: number; bottom: number }): void {
  const start = iframe.getBoundingClientRect().top;
  if (start + top < 0) scrollBy(0, start + top);
  else if (start + bottom > innerHeight) scrollBy(0, start + bottom - innerHeight);
}
