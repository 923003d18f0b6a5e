/** Finds the embedded PostgreSQL of a DATA_DIR that runs already, for a command that must start and change nothing. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readServerProcess } from './running.ts';
import { serverUrl } from './server.ts';

/** The database's URL, its password in it; or why there is none to connect to: a clause for an operator. */
export type FoundEmbedded = { url: string } | { absent: string };

/** @param dataDir DATA_DIR */
export async function findEmbedded(dataDir: string): Promise<FoundEmbedded> {
  const dataFolder = resolve(dataDir, 'postgres');
  const text = async (name: string) => (await readFile(join(dataFolder, name), 'utf8')).trim();
  const folder = (await text('location').catch(() => '')) || join(dataFolder, 'server');
  const running = await readServerProcess({ folder });
  if (!running?.isServer) {
    const fault = await readFile(join(folder, 'data', 'PG_VERSION')).then(() => null, codeOf);
    if (fault === null) return { absent: `it does not run (its data is in ${folder})` };
    if (fault === 'ENOENT') return { absent: `there is none yet in ${dataFolder}` };
    return {
      absent: `its folder ${folder} can't be read (${fault}): run this as the user who runs the gateway`,
    };
  }
  if (running.port === 0) return { absent: `it is starting (process ${running.pid})` };
  try {
    return { url: serverUrl({ readPassword: await text('password') }, running.port) };
  } catch (error) {
    return { absent: `its password in ${join(dataFolder, 'password')} can't be read (${codeOf(error)})` };
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
