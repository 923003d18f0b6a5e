/** A provider in memory: one calendar's rounds as a test scripts them, and channels that it opens and closes. */
import { badInput } from '../../src/errors.ts';
import {
  type CalendarProvider,
  type ChangePage,
  type InboundNotification,
  type ListedChannel,
  ProviderError,
  type PullRequest,
  type RemoteEvent,
  type WatchPort,
} from '../../src/providers/port.ts';

type Step = ChangePage | ProviderError | (() => Promise<void>);

export interface FakeProvider extends CalendarProvider {
  watch: WatchPort;
  /** Each pull takes the next script; the last one stays. */
  script(...rounds: Step[][]): void;
  pulls: Pick<PullRequest, 'cursor' | 'window' | 'calendar'>[];
  opened: { channelId: string; secret: string }[];
  renewed: string[];
  closed: string[];
  /** What the provider says is open; null: it keeps no list. */
  listed: ListedChannel[] | null;
  /** What the next call of `open`, `renew` or `close` does instead. */
  refuse: { open?: ProviderError; renew?: ProviderError; close?: ProviderError };
  /** Milliseconds that a channel lives. */
  life: number;
  /** Channels can be renewed from now on. */
  renewable(): void;
  /** The provider keeps a list of its channels from now on, and this is in it. */
  lists(...channels: ListedChannel[]): void;
  /** As it was at first. */
  reset(): void;
}

export function createFakeProvider(): FakeProvider {
  let rounds: Step[][] = [[{ changes: [], cursor: 'c0' }]];
  const take = (what: keyof FakeProvider['refuse']) => {
    const error = fake.refuse[what];
    if (error) throw error;
  };
  const makeWatch = (): WatchPort => ({
    async open({ channelId, secret, now }) {
      fake.opened.push({ channelId, secret });
      take('open');
      return { remoteId: `remote-${channelId}`, resourceId: 'resource', expiresAt: now + fake.life };
    },
    async close({ channel }) {
      take('close');
      fake.closed.push(channel.remoteId);
    },
    receive({ headers, body }) {
      if (headers.bad) throw badInput('bad', 'is not wanted');
      const notifications: InboundNotification[] = JSON.parse(body.toString());
      return { reply: { status: 202, headers: {}, body: '' }, notifications, storedHeaders: ['x-number'] };
    },
  });
  const fresh = () => ({
    watch: makeWatch(),
    pulls: [],
    opened: [],
    renewed: [],
    closed: [],
    listed: null,
    refuse: {},
  });
  const fake: FakeProvider = {
    name: 'google',
    life: 9_000_000,
    ...fresh(),
    renewable() {
      fake.watch.renew = async ({ channel, now }) => {
        take('renew');
        fake.renewed.push(channel.remoteId);
        return { expiresAt: now + fake.life };
      };
    },
    lists(...channels) {
      fake.listed = channels;
      fake.watch.list = async () => fake.listed ?? [];
    },
    reset() {
      Object.assign(fake, fresh());
      rounds = [[{ changes: [], cursor: 'c0' }]];
    },
    script(...next) {
      rounds = next;
    },
    identify: async () => ({ subject: 'subject', email: null }),
    listCalendars: async () => [],
    async *pullChanges({ cursor, window, calendar }) {
      fake.pulls.push({ cursor, window, calendar });
      const steps = (rounds.length > 1 ? rounds.shift() : rounds[0]) ?? [];
      for (const step of steps) {
        if (step instanceof ProviderError) throw step;
        if (typeof step === 'function') await step();
        else yield step;
      }
    },
  };
  return fake;
}

export const busy = (externalId: string, start: number, end: number, more: Partial<RemoteEvent> = {}) => ({
  type: 'upsert' as const,
  event: {
    externalId,
    seriesId: null,
    kind: 'BUSY' as const,
    start,
    end,
    allDay: false,
    title: null,
    ownId: null,
    ...more,
  },
});
