/** Licences of the packages in a bundle, which are distributed together with the bundle. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { licenceFault } from './allowed-licences.ts';

const RULE = `\n${'-'.repeat(80)}\n`;

/** Fields of a bundled package's package.json. */
interface Manifest {
  name: string;
  version: string;
  license?: string;
  repository?: string | { url: string };
}

/**
 * One text with the name, version, declared licence and licence files of every package with code in one of the bundles.
 * @param copied folders of packages whose files are distributed as they are
 * @throws Error for a package that neither declares a licence nor has a file of it, or has one that docs/licences.md doesn't allow.
 */
export async function thirdPartyLicences(
  bundles: readonly Metafile[],
  copied: readonly string[] = [],
): Promise<string> {
  const folders = [...new Set([...bundledPackages(bundles), ...copied])].sort();
  const notices = await Promise.all(folders.map(noticeOf));
  return `Slotwire's bundles hold code of these packages.\n${RULE}${notices.join(RULE)}`;
}

/** Folders of the packages that the outputs have bytes of, in alphabetical order. */
function bundledPackages(bundles: readonly Metafile[]): string[] {
  const folders = new Set<string>();
  for (const { outputs } of bundles) {
    for (const { inputs } of Object.values(outputs)) {
      for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
        const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
        if (folder && bytesInOutput > 0) folders.add(folder);
      }
    }
  }
  return [...folders].sort();
}

async function noticeOf(folder: string): Promise<string> {
  const { name, version, license, repository }: Manifest = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  if (!license && files.length === 0) throw new Error(`${name} is bundled and has no licence.`);
  const fault = licenceFault({ name, licence: license }, true);
  if (fault) throw new Error(fault);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  // The MPL wants its reader to know where the source is.
  const source = typeof repository === 'string' ? repository : repository?.url;
  const head = `${name} ${version} (${license ?? 'see below'})${source ? `\n${source}` : ''}`;
  return [head, ...texts.map((text) => text.trim())].join('\n\n');
}

/** The packages of such a text, as name@version. */
export const packagesIn = (text: string): string[] =>
  text.split(RULE).flatMap((notice) => {
    const [, name, version] = /^(\S+) (\S+) \(/.exec(notice) ?? [];
    return name && version ? `${name}@${version}` : [];
  });
