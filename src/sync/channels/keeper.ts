/**
 * Brings a calendar's watch channels to what is wanted of them, one step at a time.
 *
 *     PLANNING ──▶ OPENING ──▶ DONE (the provider refused)
 *      ▲  │ │ │       │
 *      │  │ │ └───▶ RENEWING, CLOSING
 *      │  │ │         │
 *      │  │ └─────▶ WAITING
 *      │  │           │
 *      └──┼───────────┘ the step is over
 *         └───────▶ DONE (the channels are as wanted)
 *
 * PLANNING locks the calendar, decides on the next step from the rows alone and writes it down, so that a crash leaves a
 * trace and no other process takes the same step. The other states talk to the provider and hold no lock. A run may begin
 * at any time and as often as anybody asks for it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createKeyedMutex } from '../../async/keyed-mutex.ts';
import type { CalendarProvider, WatchPort } from '../../providers/port.ts';
import { hashSecret, randomSecret } from '../../secrets.ts';
import type { Calendar } from '../../store/calendars/calendars.ts';
import { scheduleChannelList } from '../../store/calendars/channel-lists.ts';
import {
  changeChannel,
  insertOpeningChannel,
  lockChannels,
  markClosed,
  markLost,
} from '../../store/calendars/watch-channels.ts';
import type { Tx } from '../../store/client.ts';
import { type Instant, MINUTE } from '../../time/clock.ts';
import { REFUSAL_MESSAGE } from './failures.ts';
import { type ChannelStep, nextChannelStep } from './plan.ts';
import { type ChannelCallDeps, type ChannelTarget, createChannelCalls } from './provider-calls.ts';

/** A step that takes longer was given up by the process that began it. */
const CLAIM_TTL = MINUTE;
/** How soon a run plans again while another process opens a channel. */
const POLL_INTERVAL = 100;
/** More than any order of events needs, with time to wait for another process. */
const PLANS_MAX = 100;

/** What became of the channels; the messages are for the public. */
export type ChannelOutcome =
  | { type: 'open' | 'closed' }
  | { type: 'not-supported' | 'refused'; message: string };

export interface ChannelKeeper {
  /** Does nothing when the channels are as wanted. Rejects only when the database does. */
  ensure(calendarId: string): Promise<ChannelOutcome>;
}

type State =
  | { name: 'PLANNING' }
  | ({ name: 'OPENING'; secret: string } & ChannelTarget)
  | ({ name: 'RENEWING' | 'CLOSING' } & ChannelTarget)
  /** `lostAccount`: the account whose channel was given up. */
  | { name: 'WAITING'; ms: number; lostAccount?: string }
  | Done;
type Done = { name: 'DONE'; outcome: ChannelOutcome };

const PLANNING: State = { name: 'PLANNING' };

export function createChannelKeeper(deps: ChannelCallDeps): ChannelKeeper {
  const { store, providers, clock } = deps;
  const calls = createChannelCalls(deps);
  const mutex = createKeyedMutex();

  /** The one place in which a run goes from a state to the next one. */
  async function transition(state: Exclude<State, Done>, calendarId: string): Promise<State> {
    switch (state.name) {
      case 'PLANNING':
        return store.$transaction((tx) => plan(tx, calendarId));
      case 'OPENING': {
        const refusal = await calls.open(state, state.secret);
        return refusal ? { name: 'DONE', outcome: refusal } : PLANNING;
      }
      case 'RENEWING':
        await calls.renew(state);
        return PLANNING;
      case 'CLOSING':
        await calls.close(state);
        return PLANNING;
      case 'WAITING':
        // The provider's list may name a lost channel. Not in the planning transaction: accounts are locked before calendars.
        if (state.lostAccount) await scheduleChannelList(store, state.lostAccount, clock.now());
        await pause(state.ms);
        return PLANNING;
    }
  }

  async function run(calendarId: string): Promise<ChannelOutcome> {
    let state = PLANNING;
    for (let plans = 0; ; ) {
      if (state.name === 'DONE') return state.outcome;
      if (state.name === 'PLANNING' && plans++ === PLANS_MAX) {
        return { type: 'refused', message: REFUSAL_MESSAGE.transient };
      }
      state = await transition(state, calendarId);
    }
  }

  async function plan(tx: Tx, calendarId: string): Promise<State> {
    const found = await lockChannels(tx, calendarId);
    if (!found) return { name: 'DONE', outcome: { type: 'closed' } };
    const { calendar, accountStatus, channels } = found;
    const watch = providers.get(calendar.provider)?.watch;
    const unwanted = unwantedOutcome(calendar, accountStatus, watch);
    const now = clock.now();
    const step = nextChannelStep(unwanted === null, channels, now, watch?.renew !== undefined);
    if (step.do === 'nothing') return { name: 'DONE', outcome: unwanted ?? { type: 'open' } };
    return claim(tx, step, calendar, watch, now);
  }

  return {
    async ensure(calendarId) {
      // One run after another within the process; between processes the rows decide.
      const { release } = await mutex.acquire([calendarId]);
      return run(calendarId).finally(release);
    },
  };
}

/** Writes down the step that is about to be taken: no other process takes it for CLAIM_TTL. */
async function claim(
  tx: Tx,
  step: Exclude<ChannelStep, { do: 'nothing' }>,
  calendar: Calendar,
  watch: WatchPort | undefined,
  now: Instant,
): Promise<State> {
  if (step.do === 'wait') return { name: 'WAITING', ms: POLL_INTERVAL };
  if (step.do === 'mark-lost') {
    await markLost(tx, step.channel.id);
    return { name: 'WAITING', ms: 0, lostAccount: calendar.accountId };
  }
  if (step.do === 'mark-closed' || !watch) {
    if ('channel' in step) await markClosed(tx, step.channel.id);
    return { name: 'WAITING', ms: 0 };
  }
  const dueAt = now + CLAIM_TTL;
  if (step.do === 'open') {
    // The row is there before the provider is asked: the provider's greeting may come before its answer.
    const secret = randomSecret();
    const channel = await insertOpeningChannel(tx, calendar, { secretHash: hashSecret(secret), now, dueAt });
    return { name: 'OPENING', channel, secret, calendar, watch };
  }
  const target = { channel: step.channel, calendar, watch };
  if (step.do === 'renew') {
    await changeChannel(tx, step.channel.id, { dueAt });
    return { name: 'RENEWING', ...target };
  }
  await changeChannel(tx, step.channel.id, { dueAt, status: 'closing', error: null });
  return { name: 'CLOSING', ...target };
}

/** @returns why no channel is wanted, in words for the operator who asked for one; null when one is. */
function unwantedOutcome(
  calendar: Calendar,
  accountStatus: string,
  watch: CalendarProvider['watch'],
): ChannelOutcome | null {
  if (!calendar.selected || !calendar.watchWanted || calendar.removed) return { type: 'closed' };
  if (!watch || !calendar.watchable) {
    return { type: 'not-supported', message: REFUSAL_MESSAGE['watch-not-supported'] };
  }
  if (accountStatus !== 'CONNECTED') return { type: 'refused', message: REFUSAL_MESSAGE['auth-revoked'] };
  return null;
}
