/**
 * A gateway as a process of its own with a heap of 512 MB, to be attacked while its health is watched. `attacked` fails when the
 * gateway ended, or when /healthz was not answered in time at any moment of the attack, in the gateway's own time on the processor.
 */
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Ask, asker } from '../e2e/client.fixture.ts';
import { ADMIN_TOKEN } from '../e2e/stack.fixture.ts';
import { longTurns } from '../harness/long-turns.ts';
import { METRICS_TOKEN } from '../harness/metrics.ts';
import { freePort } from '../harness/ports.ts';
import { freshDatabase } from '../harness/postgres.ts';
import { buildGateway, startGatewayProcess } from '../race/gateways.fixture.ts';

/** Megabytes, as the contract says. */
const HEAP = 512;
/** Milliseconds of the processor within which /healthz must answer: with a processor to itself, the gateway answers within a second then. */
const HEALTH_MAX = 1_000;
/**
 * Milliseconds by the clock within which /healthz must answer on a machine that runs other programs beside, and gives the gateway a
 * fraction of a processor.
 */
const HEALTH_TIMEOUT = 20_000;
/** Milliseconds that one turn of the event loop may keep the processor: the faults that are meant here take many seconds. */
const TURN_MAX = 5_000;
/** Milliseconds after which no answer is waited for. */
const HEALTH_GIVEN_UP = 60_000;
/** Milliseconds in which the gateway starts, whose turns don't count. */
const START = 3_000;
/** Milliseconds between two questions. */
const HEALTH_INTERVAL = 100;
/** The watch asks from an address of its own, as an attacker may use up all places of another. */
const WATCHER = '127.99.0.1';

export interface SmallGateway {
  url: string;
  environment: Record<string, string>;
  admin: Ask;
  anyone: Ask;
  /** Runs the attack while /healthz is asked ten times a second. @returns what the attack returns */
  attacked<T>(attack: () => Promise<T>): Promise<T>;
  /** Milliseconds that the longest turn of its event loop kept the processor; `LongTurns.longest`. */
  longestTurn(): number;
  close(): Promise<void>;
}

/** @param env beside what every gateway needs; its own log is silent */
export async function startSmallGateway(env: Record<string, string> = {}): Promise<SmallGateway> {
  const database = await freshDatabase();
  const port = await freePort();
  const environment = {
    PORT: String(port),
    DATABASE_URL: database.url,
    ADMIN_TOKEN,
    METRICS_TOKEN,
    ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
    LOG_LEVEL: 'fatal',
    ...env,
  };
  const program = await buildGateway();
  const turns = longTurns(START);
  const gateway = startGatewayProcess(program, environment, port, [
    `--max-old-space-size=${HEAP}`,
    ...turns.nodeOptions,
  ]);
  await gateway.ready();
  return {
    url: gateway.url,
    environment,
    admin: asker(gateway.url, ADMIN_TOKEN),
    anyone: asker(gateway.url),
    async attacked(attack) {
      const watch = watchHealth(() => `${gateway.url}${turns.healthPath()}`);
      const result = await attack().finally(() => watch.stop());
      const { slowest, faults } = await watch.stop();
      const turn = Math.round(turns.longest());
      if (turn > TURN_MAX) faults.push(`a turn of the event loop kept the processor for ${turn} ms`);
      const health = Math.round(turns.longestHealth());
      if (health > HEALTH_MAX) faults.push(`/healthz took ${health} ms of the processor`);
      expect({ faults, isAlive: gateway.isRunning() }).toEqual({ faults: [], isAlive: true });
      const measured = `${Math.ceil(slowest)} ms, ${health} ms on the processor; longest turn of the event loop: ${turn} ms there`;
      process.stderr.write(`slowest answer of /healthz under attack: ${measured}\n`);
      return result;
    },
    longestTurn: turns.longest,
    async close() {
      await gateway.kill();
      turns.remove();
      await database.drop();
    },
  };
}

/** How /healthz answered until `stop`. */
interface Health {
  /** The longest answer, in milliseconds. */
  slowest: number;
  /** What went wrong, as text. */
  faults: string[];
}

/** @param urlNow where it is asked, made anew for each question */
function watchHealth(urlNow: () => string): { stop(): Promise<Health> } {
  const health: Health = { slowest: 0, faults: [] };
  let isStopped = false;
  // The attack is made by the same process, which may be too busy to see the answer when it comes.
  const ownDelay = monitorEventLoopDelay();
  ownDelay.enable();
  async function watch() {
    while (!isStopped) {
      ownDelay.reset();
      const startedAt = performance.now(); // real time: it is what the watch measures
      await askHealth(urlNow()).catch((error: Error) => health.faults.push(error.message));
      const took = performance.now() - startedAt - ownDelay.max / 1e6; // real time: as above
      health.slowest = Math.max(health.slowest, took);
      if (took > HEALTH_TIMEOUT) health.faults.push(`/healthz answered after ${Math.ceil(took)} ms`);
      await pause(HEALTH_INTERVAL); // real time: the watch asks again and again
    }
  }
  const watched = watch();
  return {
    async stop() {
      isStopped = true;
      await watched;
      ownDelay.disable();
      return health;
    },
  };
}

/** On a connection of its own, as a balancer's check. @throws for another answer than 200, and for none in time */
function askHealth(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      agent: false,
      localAddress: WATCHER,
      timeout: HEALTH_GIVEN_UP,
    });
    asked.on('timeout', () =>
      asked.destroy(new Error(`/healthz gave no answer within ${HEALTH_GIVEN_UP} ms`)),
    );
    asked.on('error', reject);
    asked.on('response', (response) => {
      response.resume();
      if (response.statusCode === 200) response.once('end', resolve);
      else reject(new Error(`/healthz answered ${response.statusCode}`));
    });
    asked.end();
  });
}

let attackers = 0;
/** A loopback address that asked nothing yet, to be given as `localAddress`. */
export function attackerAddress(): string {
  attackers += 1;
  return `127.98.${Math.floor(attackers / 250)}.${(attackers % 250) + 1}`;
}
