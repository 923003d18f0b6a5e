/** A host with a real database, whose invitations come by mail, under a clock that stands still. */
import { createHmac } from 'node:crypto';
import { createJobQueue, installJobQueue } from '../../../src/jobs/queue.ts';
import { createLog } from '../../../src/log.ts';
import { blocksOf } from '../../../src/store/bookings/blocks.ts';
import { closeStore, createStore } from '../../../src/store/client.ts';
import { insertHost } from '../../../src/store/rules/hosts.ts';
import { createPublisher } from '../../../src/sync/publisher.ts';
import { DAY } from '../../../src/time/clock.ts';
import { createInboundMail, type MailOutcome } from '../../../src/webhooks/mail/mail.ts';
import { createInvitationRefresh } from '../../../src/webhooks/mail/refresh.ts';
import { freshDatabase } from '../../harness/postgres.ts';
import type { Sent } from './messages.fixture.ts';

/** A Saturday. */
export const NOW = Date.UTC(2026, 10, 21, 12);
export const SECRET = 'shared-with-the-relay';
export const PAST = 7 * DAY;
export const AHEAD = 60 * DAY;

export type MailWorld = Awaited<ReturnType<typeof createMailWorld>>;

export async function createMailWorld() {
  const database = await freshDatabase();
  await installJobQueue(database.url);
  const store = createStore(database.url, { max: 4 });
  const clock = { at: NOW, now: () => clock.at };
  const published: string[] = [];
  const log = createLog('silent');
  const publisher = createPublisher({
    ...{ store, jobs: createJobQueue(), clock, log },
    load: async (keys) => keys.map((key) => ({ key, version: 1, bytes: Buffer.alloc(0) })),
    publishEntries: async (entries) => void published.push(...entries.map(({ key }) => key)),
  });
  const window = { past: PAST, ahead: AHEAD };
  const mail = createInboundMail({ store, publisher, clock, secret: SECRET, window, log });
  let refresh = createInvitationRefresh({ store, publisher, window, log });
  await store.organisation.create({ data: { id: 'org', name: 'Org' } });

  async function addHost(slug: string, email: string | null = null, timeZone = 'UTC'): Promise<string> {
    const hours = { hours: { timeZone: 'UTC', weekly: [], overrides: [] }, zoneChanges: [] };
    return (await insertHost(store, 'org', { name: 'Ada', slug, email, timeZone }, hours, NOW)).id;
  }

  let counted = 0;
  /** Another number each time. */
  const count = () => ++counted;

  /** The host's blocks, as `start/end kind title`. */
  async function blocks(host: string, from = 0, to = NOW + 400 * DAY): Promise<string[]> {
    const blocks = await blocksOf(store, host, from, to);
    return blocks.map(({ start, end, kind, title }) => `${at(start)}/${at(end)} ${kind} ${title}`);
  }

  return {
    ...{ store, clock, publisher, published, mail, addHost, blocks, count },
    slide: () => refresh.refreshDue(clock.at),
    /** As another process, which has not swept yet. */
    restart() {
      refresh = createInvitationRefresh({ store, publisher, window, log });
      return { slide: () => refresh.refreshDue(clock.at) };
    },
    /** The host lives in another zone from now on. */
    move: (id: string, timeZone: string) =>
      publisher.change(async (tx, now) => {
        const host = await tx.host.update({ where: { id }, data: { timeZone } });
        return { result: undefined, keys: await refresh.moveWithHost(tx, host, now) };
      }),
    /** A host of the test's own, and mail to them. */
    async aHost(timeZone = 'UTC') {
      const slug = `ada-${count()}`;
      const id = await addHost(slug, null, timeZone);
      const address = `${slug}@cal.example`;
      const to = (sent: Sent = {}): Sent => ({ to: address, attendee: address, ...sent });
      return { id, slug, address, to, blocks: () => blocks(id) };
    },
    /** As the relay would. */
    async send(
      raw: string | Buffer,
    ): Promise<{ status: number; answer: MailOutcome & { error?: string; more?: MailOutcome[] } }> {
      const body = Buffer.from(raw);
      const signature = mail.admit(signed(body, clock.at));
      if (!signature) throw new Error('not admitted');
      const reply = await mail.receive(signature, body);
      return { status: reply.status, answer: JSON.parse(reply.body) };
    },
    async close() {
      await closeStore(store);
      await database.drop();
    },
  };
}

export const at = (instant: number) => new Date(instant).toISOString().slice(0, 16);

/** The header's value. */
export function signed(body: Buffer | string, now: number, secret = SECRET): string {
  const t = Math.floor(now / 1000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex')}`;
}

/** Of an object, unfolded. */
export const linesOf = (object: string | null) => (object ?? '').replace(/\r\n /g, '').split('\r\n');

/** From Monday to Friday. */
export const DAILY = [
  'DTSTART:20261123T090000Z',
  'DTEND:20261123T093000Z',
  'RRULE:FREQ=DAILY;COUNT=5',
  'SUMMARY:Stand-up',
];
export const days = (...list: number[]) =>
  list.map((day) => `2026-11-${day}T09:00/2026-11-${day}T09:30 BUSY Stand-up`);
