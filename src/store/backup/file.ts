/**
 * The file of a backup: gzip around frames, so that it is written and read as a stream. A frame is one byte that says what it is, four
 * for its length, and its bytes. The last one holds the SHA-256 of all before it, without which a file is broken or cut off.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { StartError } from '../../errors.ts';

/** A note is JSON; bytes are rows of the table that the note before them names, as PostgreSQL's COPY writes them. */
export type BackupPart = { note: unknown } | { bytes: Buffer };

const NOTE = 'N'.charCodeAt(0);
const BYTES = 'B'.charCodeAt(0);
const END = 'E'.charCodeAt(0);
const HEAD = 5;
/** Far more than one piece of a row that PostgreSQL sends. A longer frame is a broken length. */
const FRAME_MAX = 1024 ** 3;

const brokenBackup = (file: string, why: string) =>
  new StartError(`${file} can't be restored: ${why}. Take another backup; nothing was changed.`);

function frame(kind: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD);
  head[0] = kind;
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

export async function* encodeBackup(parts: AsyncIterable<BackupPart>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const part of parts) {
    const bytes =
      'note' in part ? frame(NOTE, Buffer.from(JSON.stringify(part.note))) : frame(BYTES, part.bytes);
    hash.update(bytes);
    yield bytes;
  }
  yield frame(END, hash.digest());
}

/** @throws StartError once the file turns out to be none of ours, broken or cut off: the last part says that it is whole. */
export async function* readBackup(file: string): AsyncGenerator<BackupPart> {
  const gunzip = createGunzip();
  // The iteration below fails with the same error.
  pipeline(createReadStream(file), gunzip).catch(() => {});
  const hash = createHash('sha256');
  try {
    for await (const { kind, payload } of frames(gunzip, file)) {
      if (kind === END) {
        if (hash.digest().equals(payload)) return;
        throw brokenBackup(file, 'its content is not what was written');
      }
      hash.update(frame(kind, payload));
      yield kind === NOTE ? { note: JSON.parse(payload.toString()) } : { bytes: payload };
    }
  } catch (error) {
    if (error instanceof StartError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'Z_BUF_ERROR') throw brokenBackup(file, 'its end is missing');
    if (code.startsWith('Z_') || error instanceof SyntaxError) {
      throw brokenBackup(file, 'it is no backup of Slotwire, or damaged');
    }
    if (code === 'ENOENT') throw new StartError(`There is no file ${file}.`);
    throw error;
  }
  throw brokenBackup(file, 'its end is missing');
}

async function* frames(stream: AsyncIterable<Buffer>, file: string) {
  let waiting: Buffer[] = [];
  let size = 0;
  let wanted = HEAD;
  let kind = 0;
  for await (const chunk of stream) {
    waiting.push(chunk);
    size += chunk.length;
    while (size >= wanted) {
      const [first] = waiting;
      const all = first && waiting.length === 1 ? first : Buffer.concat(waiting, size);
      const taken = all.subarray(0, wanted);
      waiting = [all.subarray(wanted)];
      size -= wanted;
      if (kind === 0) {
        kind = taken[0] ?? 0;
        wanted = taken.readUInt32BE(1);
        if (![NOTE, BYTES, END].includes(kind) || wanted > FRAME_MAX) {
          throw brokenBackup(file, 'it is no backup of Slotwire, or damaged');
        }
      } else {
        yield { kind, payload: taken };
        kind = 0;
        wanted = HEAD;
      }
    }
  }
}
