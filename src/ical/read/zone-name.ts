/**
 * The name of a zone is a TEXT where it is defined (RFC 5545 §3.8.3.1) and a parameter where it is used (§3.2.19), which
 * have different escapes and quotes. Names are compared in one plain form.
 */

const MAX_LENGTH = 1_000;
/** Most names, which are written alike everywhere. */
const PLAIN = /^[\w/+.-]+$/;
/** Characters that nobody sees. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** The name without escapes, quotes, invisible characters and needless spaces; empty when nothing is left. */
export function plainZoneName(written: string): string {
  if (PLAIN.test(written)) return written;
  return (
    written
      .slice(0, MAX_LENGTH)
      .toWellFormed()
      .normalize('NFC')
      .replace(/\\([\\;,:"'nN])/g, (_, escaped: string) => (escaped.toLowerCase() === 'n' ? ' ' : escaped))
      // Of parameters (RFC 6868).
      .replace(/\^([n'^])/g, (_, encoded: string) => PARAMETER_ESCAPES[encoded] ?? '')
      .replace(INVISIBLE, '')
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim()
      .replace(/^(["'])(.*)\1$/u, '$2')
      .trim()
  );
}

const PARAMETER_ESCAPES: Record<string, string> = { n: ' ', "'": '"', '^': '^' };

/** The same for all spellings of a name. @param plain a plain name */
export const zoneKey = (plain: string): string => plain.toLowerCase();
