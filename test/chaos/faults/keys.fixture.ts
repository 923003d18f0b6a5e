/** A worker that came up with another installation's key. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { SECOND } from '../../../src/time/clock.ts';
import { PROGRAM } from '../fleet.fixture.ts';
import { about, type Fault, last } from './fault.fixture.ts';

export const wrongKey: Fault = {
  group: 'keys',
  title: 'one more worker runs with a wrong ENCRYPTION_KEYS for 6 to 12 s',
  async play({ environment }, random) {
    const { PATH, HOME } = process.env;
    const wrong = { ENCRYPTION_KEYS: randomBytes(32).toString('base64') };
    const stranger = spawn(process.execPath, [PROGRAM, 'worker'], {
      env: { PATH, HOME, ...environment, ...wrong },
      stdio: 'ignore',
    });
    // It may refuse to start, and end.
    const ended = new Promise((resolve) => stranger.once('exit', resolve));
    await last(about(random, 6 * SECOND));
    stranger.kill('SIGKILL');
    await ended;
  },
};
