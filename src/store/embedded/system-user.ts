/** The system account of the embedded PostgreSQL, which refuses to run as root: root runs it as the user `postgres`. */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { StartError } from '../../errors.ts';

const execute = promisify(execFile);
const USER_NAME = 'postgres';

/** Empty for the user of this process. */
export type SystemAccount = { uid: number; gid: number } | Record<string, never>;

/** @throws StartError when this process is root's and the user `postgres` neither exists nor can be created. */
export async function serverAccount(): Promise<SystemAccount> {
  if (process.getuid?.() !== 0) return {};
  const found = await findAccount();
  if (found) return found;
  const created = await execute('useradd', ['--system', '--user-group', '--no-create-home', USER_NAME]).catch(
    () => execute('adduser', ['-S', '-D', '-H', USER_NAME]).catch((error: Error) => error),
  );
  const account = await findAccount(); // another process may have created it meanwhile
  if (account) return account;
  const reason = created instanceof Error ? created.message.trim() : 'it can not be found';
  throw new StartError(
    `PostgreSQL refuses to run as root, and making the user ${USER_NAME} failed (${reason}). ` +
      `Make that user, start as an ordinary one, or set DATABASE_URL.`,
  );
}

async function findAccount(): Promise<SystemAccount | null> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => execute('id', [flag, USER_NAME])));
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
  } catch {
    return null;
  }
}

export interface ProcessResult {
  /** Exit code; -1 when the program could not be started or was killed. */
  code: number;
  /** Standard output and standard error, or why the program could not be started. */
  output: string;
}

/** Runs a program to its end as the account, in a folder that it can enter, with nothing of this environment but PATH. */
export function runAs(
  account: SystemAccount,
  folder: string,
  program: string,
  args: string[],
): Promise<ProcessResult> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C', SYSTEMROOT: process.env.SYSTEMROOT };
    const child = spawn(program, args, { ...account, cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => resolve({ code: -1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? -1, output: output.trim() }));
  });
}

/** Whether the account can enter the folder and write there. */
export async function canWriteTo(account: SystemAccount, folder: string): Promise<boolean> {
  if (!('uid' in account)) return true;
  const probe = 'cd -- "$1" && : > .probe && rm .probe';
  const { code } = await runAs(account, '/', '/bin/sh', ['-c', probe, 'sh', folder]);
  return code === 0;
}
