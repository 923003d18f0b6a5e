/** How deep JSON is nested, before it is parsed: what is made of it is walked recursively by others than us. */

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Whether the text has more brackets open at once than `levels`, those in its strings left out. */
export function isNestedDeeper(text: string, levels: number): boolean {
  let open = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (OPENING.has(code)) {
      if (++open > levels) return true;
    } else if (CLOSING.has(code)) open--;
  }
  return false;
}
