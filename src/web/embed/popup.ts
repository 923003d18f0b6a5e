/** The dialog over the page: the browser's own, which keeps the focus within and the page behind it still. */
import type { ElementLabels } from './element-labels.ts';

export interface Popup {
  readonly dialog: HTMLDialogElement;
  open(): void;
  close(): void;
}

/** @param content what the dialog shows */
export function createPopup(content: readonly HTMLElement[], labels: ElementLabels): Popup {
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-label', labels.title);
  dialog.setAttribute('part', 'dialog');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'close';
  button.setAttribute('part', 'close');
  button.setAttribute('aria-label', labels.close);
  button.textContent = '×';
  dialog.append(button, ...content);

  /** Had the focus before, and gets it back. */
  let opener: Element | null = null;
  const close = () => dialog.close();
  button.addEventListener('click', close);
  dialog.addEventListener('click', (event) => {
    // The dialog has no padding: a click on the dialog itself is one beside its content, on the backdrop.
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    const { clientX: x, clientY: y, target } = event;
    if (target === dialog && (x < left || x > right || y < top || y > bottom)) close();
  });
  dialog.addEventListener('close', () => {
    if (opener instanceof HTMLElement) opener.focus();
    opener = null;
  });
  return {
    dialog,
    open() {
      if (dialog.open) return;
      opener = focusedElement();
      dialog.showModal();
    },
    close,
  };
}

/** Within open shadow trees, too. */
function focusedElement(): Element | null {
  let focused = document.activeElement;
  while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  return focused;
}
