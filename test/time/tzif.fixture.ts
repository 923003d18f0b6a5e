/** Folders of zone files, made by hand. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TzifZone {
  /** Seconds since 1970, ascending. */
  changes?: number[];
  /** Seconds ahead of UTC, one more than changes. */
  offsets: number[];
  /** The rule of later years; absent: none. */
  footer?: string;
  /** Version of the format; 1 has times of 32 bits and no rule. */
  version?: 1 | 2;
  leapSeconds?: number;
}

/** A file in the form of RFC 9636. */
export function tzif({ changes = [], offsets, footer = '', version = 2, leapSeconds = 0 }: TzifZone): Buffer {
  const types = [...new Set(offsets)];
  const block = (size: 4 | 8) => {
    const head = Buffer.alloc(44);
    head.write(version === 1 ? 'TZif\0' : 'TZif2', 'latin1');
    [0, 0, leapSeconds, changes.length, types.length, 4].forEach((count, i) => {
      head.writeUInt32BE(count, 20 + i * 4);
    });
    const times = Buffer.alloc(changes.length * size);
    changes.forEach((at, i) => {
      if (size === 4) times.writeInt32BE(at, i * 4);
      else times.writeBigInt64BE(BigInt(at), i * 8);
    });
    const indices = Buffer.from(changes.map((_, i) => types.indexOf(offsets[i + 1] as number)));
    const kinds = Buffer.alloc(types.length * 6);
    types.forEach((offset, i) => {
      kinds.writeInt32BE(offset, i * 6);
    });
    return Buffer.concat([
      head,
      times,
      indices,
      kinds,
      Buffer.from('XXX\0'),
      Buffer.alloc(leapSeconds * (size + 4)),
    ]);
  };
  if (version === 1) return block(4);
  return Buffer.concat([block(4), block(8), Buffer.from(`\n${footer}\n`)]);
}

/** A folder with these zones and UTC. @param version its release; null: nothing says */
export async function zoneinfoFolder(
  version: string | null,
  zones: Record<string, TzifZone>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slotwire-zoneinfo-'));
  const files = { UTC: { offsets: [0], footer: 'UTC0' }, ...zones };
  for (const [name, zone] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), tzif(zone));
  }
  if (version) await writeFile(join(folder, 'tzdata.zi'), `# version ${version}\n# This zic input file…\n`);
  return folder;
}
