/** npm run sbom: writes dist/sbom.cdx.json, the CycloneDX list of what a built Slotwire and its production install consist of. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { packagesIn } from './licences.ts';

const FILE = 'dist/sbom.cdx.json';
/** npm's list of all packages, as text. Bytes. */
const OUTPUT_MAX = 64 * 1024 * 1024;
/** npm marks so what `npm ci --omit=dev` leaves out. */
const DEVELOPMENT = 'cdx:npm:package:development';

interface Component {
  'bom-ref': string;
  name: string;
  version: string;
  properties?: { name: string; value: string }[];
  licenses?: { license: { id?: string; name?: string } }[];
  [field: string]: unknown;
}

export interface Sbom {
  metadata: { component: Component; [field: string]: unknown };
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
  [field: string]: unknown;
}

/**
 * npm lists every package of the lock file. Most of them build and test; others are development packages by name only, for their code
 * is in the bundles. So what stays is what the bundles have, which the build has written down, and what a production install has.
 * @throws when dist was not built from this lock file
 */
export async function createSbom(): Promise<Sbom> {
  const args = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];
  const { stdout } = await promisify(execFile)('npm', args, { maxBuffer: OUTPUT_MAX });
  const all: Sbom = JSON.parse(stdout);
  const bundled = new Set(packagesIn(await readFile('dist/THIRD-PARTY-LICENCES.txt', 'utf8')));
  const components = all.components.filter(
    ({ name, version, properties }) =>
      bundled.has(`${name}@${version}`) || !properties?.some((property) => property.name === DEVELOPMENT),
  );
  const listed = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const missing = [...bundled].filter((each) => !listed.has(each));
  if (missing.length > 0)
    throw new Error(`dist holds what package-lock.json lacks, build it anew: ${missing.join(', ')}`);
  const licences = await declaredLicences();
  // The name is npm's folder, otherwise.
  const root = { ...all.metadata.component, name: 'slotwire' };
  const refs = new Set([root['bom-ref'], ...components.map((component) => component['bom-ref'])]);
  return {
    ...all,
    metadata: { ...all.metadata, component: root },
    components: components.map((component) => asShipped(component, licences)),
    dependencies: all.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) })),
  };
}

/** A development package whose code is in the bundles is no development package to those who install them. */
const asShipped = (
  { properties = [], licenses, ...component }: Component,
  licences: ReadonlyMap<string, string>,
): Component => ({
  ...component,
  scope: 'required',
  // npm leaves out what is no identifier of SPDX.
  licenses: licenses ?? [{ license: { name: licences.get(component['bom-ref']) ?? 'none declared' } }],
  properties: properties.filter(({ name }) => name !== DEVELOPMENT),
});

/** What packages declare, by name@version. */
async function declaredLicences(): Promise<Map<string, string>> {
  const { packages }: { packages: Record<string, { version?: string; license?: string }> } = JSON.parse(
    await readFile('package-lock.json', 'utf8'),
  );
  const all = Object.entries(packages).flatMap(([path, { version, license }]) =>
    license ? [[`${path.replace(/^.*node_modules\//, '')}@${version}`, license] as const] : [],
  );
  return new Map(all);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sbom = await createSbom();
  await writeFile(FILE, `${JSON.stringify(sbom, null, 2)}\n`);
  process.stdout.write(`${FILE}: ${sbom.components.length} packages\n`);
}
