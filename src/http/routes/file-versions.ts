/** Names of the booking page's files with what is in them, so that browsers may keep them for ever and never ask again. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface FileVersions {
  /** @returns the file's name with its version, as `book.0123456789.js`; as it is where the gateway was not built */
  versioned(name: string): Promise<string>;
  /**
   * The file that a versioned name means: a page of another build, as while a fleet is renewed, gets that of this one.
   * @returns null for other names
   */
  find(name: string): Promise<{ name: string; isCurrent: boolean } | null>;
}

/** @param folder of the built pages */
export function createFileVersions(folder: string): FileVersions {
  const known = new Map<string, string>();

  async function versioned(name: string): Promise<string> {
    const found = known.get(name);
    if (found !== undefined) return found;
    const content = await readFile(join(folder, name)).catch(() => null);
    if (content === null) return name;
    const version = createHash('sha256').update(content).digest('hex').slice(0, 10);
    const made = name.replace(/\.(?=[a-z]+$)/, `.${version}.`);
    known.set(name, made);
    return made;
  }

  return {
    versioned,
    async find(asked) {
      const name = /^book\.[\da-f]{10}\.(js|css)$/.exec(asked)?.[1];
      if (name === undefined) return null;
      const file = `book.${name}`;
      return { name: file, isCurrent: (await versioned(file)) === asked };
    },
  };
}
