/** A real Radicale: one user, who is known by a password. Their home is at /ada@example.com/. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DavServer, type Program, runDavServer } from './dav-server.ts';
import { freePort } from './ports.ts';
import { pathOf, RADICALE } from './programs.ts';

export interface RadicaleServer extends DavServer {
  /** The one that is good from now on, for its owner too. */
  setPassword(password: string): Promise<void>;
}

const USERNAME = 'ada@example.com';
const PASSWORD = 'a pass: wörd';

/** Close it in afterAll. @throws an error that names what to install */
export async function startRadicale(): Promise<RadicaleServer> {
  const folder = await mkdtemp(join(tmpdir(), 'slotwire-radicale-'));
  const port = await freePort();
  const users = join(folder, 'users');
  const config = join(folder, 'config');
  await writeFile(
    config,
    `[server]
hosts = 127.0.0.1:${port}
[auth]
type = htpasswd
htpasswd_filename = ${users}
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = ${join(folder, 'collections')}
[logging]
level = warning
`,
  );
  const program: Program = {
    name: 'Radicale',
    url: `http://127.0.0.1:${port}`,
    username: USERNAME,
    password: PASSWORD,
    command: [pathOf(RADICALE), ['--config', config]],
    forget: () => rm(folder, { recursive: true, force: true }),
  };
  async function setPassword(password: string) {
    await writeFile(users, `${USERNAME}:${password}\n`);
    program.password = password;
  }
  await setPassword(PASSWORD);
  return { ...(await runDavServer(program)), setPassword };
}
