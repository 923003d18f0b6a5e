/**
 * The look of the element's own parts. As a constructed style sheet, which the Content-Security-Policy of a page allows also where it
 * allows no inline styles.
 */

const TEXT = `
:host { display: block }
:host([hidden]) { display: none }
:host([mode="popup"]) { display: inline-block }
:host([mode="button"]) { display: contents }
iframe {
  display: block; width: 100%; min-height: var(--slotwire-min-height, 20rem); border: 0;
  border-radius: var(--slotwire-radius, 0.75rem); background: var(--slotwire-background, transparent);
}
.open {
  min-height: 2.75rem; padding: 0.6em 1.25em; border: 0; border-radius: var(--slotwire-button-radius, 2rem);
  background: var(--slotwire-color, #0b6b5d); color: var(--slotwire-text-color, #fff);
  font: var(--slotwire-font, 600 1rem/1.2 system-ui, sans-serif); cursor: pointer;
}
.open:hover { filter: brightness(1.1) }
.open:focus-visible { outline: 3px solid var(--slotwire-focus-color, currentColor); outline-offset: 2px }
.close:focus-visible { outline: 3px solid var(--slotwire-focus-color, currentColor); outline-offset: -3px }
:host([mode="button"]) .open {
  position: fixed; z-index: var(--slotwire-z-index, 2147483000);
  inset-block-end: var(--slotwire-offset, 1.25rem); inset-inline-end: var(--slotwire-offset, 1.25rem);
  max-width: calc(100vw - 2 * var(--slotwire-offset, 1.25rem)); box-shadow: 0 2px 10px rgb(0 0 0 / 30%);
}
dialog {
  width: min(var(--slotwire-width, 64rem), 100vw - 2rem); max-width: none; max-height: calc(100dvh - 2rem);
  padding: 0; border: 0; border-radius: var(--slotwire-radius, 0.75rem);
  background: var(--slotwire-background, #f6f7f9); color: #1a2129; color-scheme: light;
  overflow: hidden; box-shadow: 0 8px 40px rgb(0 0 0 / 35%);
}
:host([theme="dark"]) dialog { background: var(--slotwire-background, #12161b); color: #e9edf1; color-scheme: dark }
@media (prefers-color-scheme: dark) {
  :host(:not([theme="light"])) dialog { background: var(--slotwire-background, #12161b); color: #e9edf1; color-scheme: dark }
}
dialog[open] { display: flex; flex-direction: column }
dialog::backdrop { background: var(--slotwire-backdrop, rgb(0 0 0 / 55%)) }
dialog iframe { flex: 0 1 auto; min-height: min(var(--slotwire-min-height, 20rem), 60dvh); border-radius: 0 }
.close {
  flex: none; align-self: end; width: 2.75rem; height: 2.75rem; margin: 0.25rem; padding: 0; border: 0;
  border-radius: 50%; background: transparent; color: inherit; font: 400 1.5rem/1 system-ui, sans-serif; cursor: pointer;
}
.close:hover { background: rgb(128 128 128 / 25%) }
.missing { margin: 1rem; font: 1rem/1.5 system-ui, sans-serif }
.missing a { color: inherit }
[hidden] { display: none !important }
@media (max-width: 40rem) {
  dialog { width: 100vw; height: 100dvh; max-height: none; border-radius: 0 }
  dialog iframe { flex: 1 1 auto }
}
`;

let sheet: CSSStyleSheet | null = null;

/** One for all elements of a page. */
export function elementStyles(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(TEXT);
  }
  return sheet;
}
