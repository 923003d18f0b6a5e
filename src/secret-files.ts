/** Secrets that the environment names by file, as orchestrators hand them over: NAME_FILE in place of NAME. */
import { readFileSync } from 'node:fs';

/** Longest secret that is read from a file, in bytes: some keys fit many times. */
const MAX_BYTES = 64 * 1024;

export interface FilledEnvironment {
  /** The variables, with the files' content under the names without `_FILE`. */
  env: Record<string, string>;
  /** One sentence for each file that can't be used, after the variable's name; no secret is in it. */
  faults: string[];
  /** Secrets whose file can't be used: they are given, though unknown. */
  unknown: string[];
}

/**
 * @param given the variables that are set
 * @param secrets names of the variables that a file may hold
 */
export function readSecretFiles(
  given: Readonly<Record<string, string>>,
  secrets: readonly string[],
): FilledEnvironment {
  const env = { ...given };
  const [faults, unknown]: [string[], string[]] = [[], []];
  for (const name of secrets) {
    const variable = fileVariable(name);
    const path = given[variable];
    if (path === undefined) continue;
    if (given[name] !== undefined) {
      faults.push(`${name}: is set by ${variable}, too; keep one of the two`);
      continue;
    }
    const read = readSecretFile(path);
    if ('text' in read) env[name] = read.text;
    else {
      faults.push(`${variable}: ${path} ${read.fault}`);
      unknown.push(name);
    }
  }
  return { env, faults, unknown };
}

/** An environment in which these variables hold whatever a file of theirs says; undefined: not set. */
export function overrideVariables(
  env: Readonly<Record<string, string | undefined>>,
  overrides: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const files = Object.keys(overrides).map((name) => [fileVariable(name), undefined] as const);
  return { ...env, ...Object.fromEntries(files), ...overrides };
}

const fileVariable = (name: string) => `${name}_FILE`;

/** Editors end a file with a newline that is no part of the secret. */
function readSecretFile(path: string): { text: string } | { fault: string } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { fault: `can't be read (${code ?? 'unknown reason'})` };
  }
  if (bytes.length > MAX_BYTES) return { fault: `is longer than ${MAX_BYTES} bytes` };
  const text = bytes.toString('utf8').replace(/[\r\n]+$/, '');
  return text === '' ? { fault: 'is empty' } : { text };
}
