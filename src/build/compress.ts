/** Compressed forms of the built pages' files, so that no request pays for compressing. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Shorter files fit into one packet. Bytes. */
const SHORT = 1_400;
/** Brotli takes long, and what is larger is no visitor's: GraphiQL's. */
const LONG = 1_000_000;

const toGzip = promisify(gzip);
const toBrotli = promisify(brotliCompress);

/** Writes `NAME.gz` and `NAME.br` beside each script, style sheet and page of the folder. */
export async function compressFiles(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /\.(?:js|css|html|svg)$/.test(name));
  for (const name of names) {
    const content = await readFile(join(folder, name));
    if (content.length <= SHORT) continue;
    const level = constants.Z_BEST_COMPRESSION;
    await writeFile(join(folder, `${name}.gz`), await toGzip(content, { level }));
    if (content.length <= LONG) await writeFile(join(folder, `${name}.br`), await toBrotli(content));
  }
}
