/** What holds between processes, with real ones. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HOUR } from '../../src/time/clock.ts';
import type { OtherProcess } from './other-process.fixture.ts';
import { openRoom, type Room } from './world.fixture.ts';

let room: Room;
beforeAll(async () => {
  room = await openRoom();
});
afterAll(() => room.close());

interface Process {
  child: ChildProcess;
  line(): Promise<string>;
}

function start(given: OtherProcess): Process {
  const script = fileURLToPath(new URL('other-process.fixture.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(given)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: AsyncIterator<string> = linesOf(createInterface(child.stdout));
  return {
    child,
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error('the process ended');
      return value;
    },
  };
}

const linesOf = (reader: Interface) => reader[Symbol.asyncIterator]();

async function waitingForLocks(): Promise<number> {
  const [row] = await room.store.$queryRaw<{ waiting: number }[]>`
    select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  return row?.waiting ?? 0;
}

it('a rotated refresh token is used once, whichever process is first', async () => {
  const host = await room.addHost();
  await room.connectHost(host);
  const { id: account } = await room.accountOf(host);
  const given: OtherProcess = {
    database: room.url,
    account,
    key: Buffer.alloc(32, 7).toString('base64'),
    now: room.time.now + HOUR,
    oauth: room.peer.oauth,
  };
  const processes = [start(given), start(given)];
  try {
    expect(await Promise.all(processes.map(({ line }) => line()))).toEqual(['ready', 'ready']);
    const before = room.peer.refreshes();
    // The answer comes when the other process waits for it, or asks for its own.
    room.peer.reply = async (form) => {
      while (room.peer.refreshes() === before + 1 && (await waitingForLocks()) === 0);
      return room.peer.good(form);
    };
    for (const { child } of processes) child.stdin?.write('go\n');
    const [one, two] = await Promise.all(processes.map(({ line }) => line()));
    expect(one).toMatch(/^access-/);
    expect(two).toBe(one);
    expect(room.peer.refreshes()).toBe(before + 1);
  } finally {
    for (const { child } of processes) child.kill();
  }
});
