/* Written by codegen.ts from the messages of pages. */

/** By language: the frame's title, the link to a page that did not come, and the way out of the dialog. */
export const LABELS: Readonly<Record<string, readonly string[]>> = {
  en: ['Book a time', 'Open the booking page', 'Close'],
};
