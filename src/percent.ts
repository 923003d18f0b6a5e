/**
 * Text with its percent codes decoded (RFC 3986 §2.1), as other programs write names, mailboxes and path segments. A text whose
 * codes can't be decoded comes back as it is: its sender didn't mean codes.
 */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
