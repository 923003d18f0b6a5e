/** PostgreSQL lost, in each way that it is lost: connections, processes, the whole server, the wire. */
import { SECOND } from '../../../src/time/clock.ts';
import { about, type Fault, last } from './fault.fixture.ts';

/** A database in another city: what waits for it waits long enough to be met. */
const FAR = 25;

const TERMINATE = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and hashtext(pid::text || $1) % 2 = 0`;

export const endBackends: Fault = {
  group: 'backends',
  title: 'half of all database connections are terminated, three times, 25 ms away',
  async play({ database, wires }, random) {
    wires.database.delay(FAR);
    try {
      for (let i = 0; i < 3; i++) {
        await last(about(random, SECOND));
        await database.query(TERMINATE, [`${random()}`]);
      }
    } finally {
      wires.database.delay(0);
    }
  },
};

export const killBackend: Fault = {
  group: 'backends',
  title: 'kill -9 of one PostgreSQL backend, upon which the server recovers',
  async play({ database }) {
    const [found] = await database.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() limit 1`,
    );
    if (found) database.killBackend(found.pid);
  },
};

export const restartDatabase: Fault = {
  group: 'restarts',
  title: 'PostgreSQL crashes and is away for 2 to 4 s',
  async play({ database }, random) {
    await database.stop('immediate');
    await last(about(random, 2 * SECOND));
    await database.start();
  },
};

export const failOver: Fault = {
  group: 'failover',
  title: 'PostgreSQL fails over in order; the standby answers reads alone for 2 to 4 s',
  async play({ database, leadTo }, random) {
    await database.switchOver(async () => {
      leadTo(database.standbyPort());
      await last(about(random, 2 * SECOND));
    });
  },
};

export const resetDatabase: Fault = {
  group: 'resets',
  title: 'all connections to PostgreSQL are reset, three times',
  async play({ wires }, random) {
    for (let i = 0; i < 3; i++) {
      wires.database.reset();
      await last(about(random, SECOND / 2));
    }
  },
};

export const silenceDatabase: Fault = {
  group: 'silence',
  title: 'all open connections to PostgreSQL fall silent for good',
  async play({ wires }) {
    wires.database.silence();
  },
};

export const holdDatabase: Fault = {
  group: 'silence',
  title: 'nothing comes from PostgreSQL for 5 to 10 s',
  async play({ wires }, random) {
    wires.database.hold();
    await last(about(random, 5 * SECOND));
    wires.database.resume();
  },
};
