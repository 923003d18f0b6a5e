/** The frame with a booking page: its height follows its content, and what it tells is heard from the gateway's origin alone. */
import type { ElementLabels } from './element-labels.ts';
import { type FrameMessage, HELLO, parseFrameMessage } from './messages.ts';

/** After this time without a word from the page, the visitor is offered a link to it. Milliseconds. */
const READY_WITHIN = 15_000;

export interface BookingFrame {
  readonly iframe: HTMLIFrameElement;
  /** Stands in place of a page that did not come; hidden until then. */
  readonly missing: HTMLElement;
  /** Loads the page, unless it is there. */
  load(address: string): void;
  /** Loads the page anew the next time. */
  forget(): void;
  /** Hears nothing any more. */
  close(): void;
}

export interface BookingFrameDeps {
  /** Of the gateway. */
  readonly origin: string;
  readonly labels: ElementLabels;
  readonly onMessage: (message: FrameMessage) => void;
}

export function createBookingFrame({ origin, labels, onMessage }: BookingFrameDeps): BookingFrame {
  const iframe = document.createElement('iframe');
  iframe.title = labels.title;
  iframe.allow = 'clipboard-write';
  iframe.referrerPolicy = 'no-referrer';
  iframe.setAttribute('part', 'frame');
  const missing = document.createElement('p');
  const link = document.createElement('a');
  link.target = '_blank';
  link.rel = 'noopener';
  link.textContent = labels.open;
  missing.className = 'missing';
  missing.hidden = true;
  missing.append(link);

  let loaded: string | null = null;
  let isBlank = true;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const hear = ({ source, origin: from, data }: MessageEvent) => {
    // Any page of the tab may send a message here, also one that the frame was led to.
    if (source !== iframe.contentWindow || from !== origin) return;
    const message = parseFrameMessage(data);
    if (!message) return;
    if (message.type === 'slotwire:ready') {
      clearTimeout(timer);
      missing.hidden = true;
    }
    if (message.type === 'slotwire:height') iframe.style.height = `${message.height}px`;
    onMessage(message);
  };
  addEventListener('message', hear);
  iframe.addEventListener('load', () => {
    if (loaded) iframe.contentWindow?.postMessage({ type: HELLO }, origin);
  });

  return {
    iframe,
    missing,
    load(address) {
      if (loaded === address) return;
      loaded = address;
      missing.hidden = true;
      link.href = ownAddress(address);
      // In place of the page before: the visitor's way back doesn't lead through what was in the frame.
      if (isBlank) iframe.src = address;
      else iframe.contentWindow?.location.replace(address);
      isBlank = false;
      clearTimeout(timer);
      timer = setTimeout(() => {
        missing.hidden = false;
      }, READY_WITHIN);
    },
    forget() {
      loaded = null;
    },
    close() {
      clearTimeout(timer);
      removeEventListener('message', hear);
    },
  };
}

/** The page's address outside of a frame. */
function ownAddress(framed: string): string {
  const address = new URL(framed);
  address.searchParams.delete('embed');
  return address.href;
}
