/** Which licences packages may have. docs/licences.md says why, and a test holds the two together. */

/** Ask for no more than that their text comes along, as it does in THIRD-PARTY-LICENCES.txt. */
export const PERMISSIVE: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
];

/** What is shipped under a licence that asks for more, each package with that licence alone. */
const ARGUED: Readonly<Record<string, string>> = {
  '@expo-google-fonts/noto-sans': 'MIT AND OFL-1.1',
  '@expo-google-fonts/noto-sans-arabic': 'MIT AND OFL-1.1',
  '@expo-google-fonts/noto-sans-hebrew': 'MIT AND OFL-1.1',
  '@resvg/resvg-wasm': 'MPL-2.0',
  'ical.js': 'MPL-2.0',
};

/** What only builds and tests, and is never shipped. Names are compared up to the first dash of a platform. */
const TOOLS: Readonly<Record<string, string>> = {
  argparse: 'Python-2.0',
  'axe-core': 'MPL-2.0',
  elkjs: 'EPL-2.0',
  lightningcss: 'MPL-2.0',
  'seq-queue': 'none declared',
};

/** A package with the licence that it declares; undefined: none. */
export interface LicensedPackage {
  name: string;
  licence: string | undefined;
}

/**
 * @param shipped the package's code is in the bundles, or a production install has it
 * @returns why the package may not be used under this licence; null: it may
 */
export function licenceFault({ name, licence = 'none declared' }: LicensedPackage, shipped: boolean) {
  // Of several joined by "and" each holds; of several joined by "OR" one is enough.
  const joined = licence.replace(/^\(|\)$/g, '').split(/ and /i);
  const isPermissive = joined.every((each) => each.split(' OR ').some((one) => PERMISSIVE.includes(one)));
  if (isPermissive || ARGUED[name] === licence) return null;
  if (!shipped && TOOLS[name.replace(/^(lightningcss)-.*/, '$1')] === licence) return null;
  return `${name} has the licence ${licence}, which docs/licences.md does not argue for ${shipped ? 'what is shipped' : 'a tool'}`;
}
