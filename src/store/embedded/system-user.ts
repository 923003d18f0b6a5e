/** Whose processes the embedded PostgreSQL's are: it refuses to run as root, so root lends it the user `postgres`. */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { StartError } from '../../errors.ts';

const execute = promisify(execFile);
const NAME = 'postgres';

/** Empty: our own user will do. */
export type Account = { uid: number; gid: number } | Record<string, never>;

/** @throws StartError when we are root and there is no user `postgres`, nor a way to make one. */
export async function serverAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const found = await lookUp();
  if (found) return found;
  const made = await execute('useradd', ['--system', '--user-group', '--no-create-home', NAME]).catch(() =>
    execute('adduser', ['-S', '-D', '-H', NAME]).catch((error: Error) => error),
  );
  const account = await lookUp(); // another process may have made it meanwhile
  if (account) return account;
  const reason = made instanceof Error ? made.message.trim() : 'it can not be found';
  throw new StartError(
    `PostgreSQL refuses to run as root, and making the user ${NAME} failed (${reason}). ` +
      `Make that user, start as an ordinary one, or set DATABASE_URL.`,
  );
}

async function lookUp(): Promise<Account | null> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => execute('id', [flag, NAME])));
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
  } catch {
    return null;
  }
}

export interface Outcome {
  /** Exit code; -1 when it could not be started or was killed. */
  code: number;
  /** Both streams as they came, or why it could not be started. */
  output: string;
}

/** Runs a program to its end as that account, in a folder it can enter, with nothing of our environment but PATH. */
export function runAs(account: Account, folder: string, program: string, args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C', SYSTEMROOT: process.env.SYSTEMROOT };
    const child = spawn(program, args, { ...account, cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: -1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? -1, output: output.trim() }));
  });
}

/** Whether that account can enter the folder and write there. */
export async function canUse(account: Account, folder: string): Promise<boolean> {
  if (!('uid' in account)) return true;
  const probe = 'cd -- "$1" && : > .probe && rm .probe';
  const { code } = await runAs(account, '/', '/bin/sh', ['-c', probe, 'sh', folder]);
  return code === 0;
}
