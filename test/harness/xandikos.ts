/** A real Xandikos: one user, whom it lets in without asking. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DavServer, runDavServer } from './dav-server.ts';
import { freePort } from './ports.ts';
import { pathOf, XANDIKOS } from './programs.ts';

/** Its calendar is at /ada/calendars/calendar. Close it in afterAll. @throws an error that names what to install */
export async function startXandikos(): Promise<DavServer> {
  const folder = await mkdtemp(join(tmpdir(), 'slotwire-xandikos-'));
  const port = await freePort();
  return runDavServer({
    name: 'Xandikos',
    url: `http://127.0.0.1:${port}`,
    username: 'ada',
    password: 'whatever',
    command: [
      pathOf(XANDIKOS),
      [
        ...['-d', folder, '--defaults', '--current-user-principal', '/ada/'],
        ...['-l', '127.0.0.1', '-p', String(port)],
      ],
    ],
    forget: () => rm(folder, { recursive: true, force: true }),
  });
}
