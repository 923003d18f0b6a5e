/** The job that brings a booking's event in one calendar to the wanted state, or reconciles the booking with the event. */
import { untilAborted } from '../../async/abort.ts';
import { LeaseLostError, StalledError, withLease } from '../../async/lease.ts';
import { cacheKey } from '../../cache/keys.ts';
import type { JobQueue } from '../../jobs/port.ts';
import type { Log } from '../../log.ts';
import {
  type Access,
  type CurrentEvent,
  ProviderError,
  type Providers,
  type WrittenEvent,
} from '../../providers/port.ts';
import { accountById } from '../../store/access/accounts.ts';
import {
  changeWrite,
  dueWrites,
  eventChangedSince,
  lockWrite,
  renewWriteLease,
  resumeSuspended,
  type WriteChange,
} from '../../store/bookings/writes.ts';
import { markDirty } from '../../store/calendars/states.ts';
import type { Store, Tx } from '../../store/client.ts';
import type { Publisher } from '../../sync/publisher.ts';
import { type Clock, type Instant, MINUTE, SECOND } from '../../time/clock.ts';
import type { BookingChanges } from '../change.ts';
import type { ManageUrl } from '../manage-url.ts';
import { claimWrite, RELEASED, suspendedChange, WRITE_LEASE_TTL, type WriteTask } from './claim.ts';
import { conferenceDueAt } from './conference.ts';
import { createApplyHostChange } from './host-changes.ts';
import { createApplyConference } from './meeting-link.ts';
import { isTransient, retriedByPullFrom, writeErrorText, writeRetryAt } from './retry.ts';

const RENEW_INTERVAL = 5 * SECOND;
/** Milliseconds: longer than the few requests of one write and the waits for their turns. */
const STALL_AFTER = 3 * MINUTE;
const BATCH = 500;

export interface BookingWriter {
  /** Runs every step of one write that is due. Rejects only when the database fails. */
  write(id: string): Promise<void>;
  /** Enqueues a job for every write that is due. */
  sweep(now: Instant): Promise<void>;
}

export interface BookingWriterDeps {
  store: Store;
  providers: Providers;
  jobs: JobQueue;
  accessFor(account: string): Access;
  publisher: Pick<Publisher, 'change'>;
  changes: BookingChanges;
  manageUrl: ManageUrl;
  /** MAIL_INVITATIONS: `own`: mails of ours invite the attendee, and no event does. */
  invitations: 'provider' | 'own';
  clock: Clock;
  log: Log;
}

/** The provider's answer. `gone`: the provider has no such event; `found`: the event as it is there. */
type Answer = WrittenEvent | { found: CurrentEvent } | 'deleted' | 'gone';

export function createBookingWriter(deps: BookingWriterDeps): BookingWriter {
  const { store, providers, jobs, accessFor, publisher, manageUrl, invitations, clock, log } = deps;
  const mayInvite = invitations === 'provider';
  const applyHostChange = createApplyHostChange(deps);
  const applyConference = createApplyConference(deps);

  async function callProvider({
    step,
    write,
    calendar,
    port,
    event,
    invites,
    booking,
  }: WriteTask): Promise<Answer> {
    const { accountId, ownId, externalId } = write;
    const request = { access: accessFor(accountId), calendar, ownId };
    // Guests whom the host added stay, as long as the list need not change.
    const { attendees, ...rest } = event;
    // Of an attendee who was erased the provider keeps what it knows: Slotwire could only take them off the list.
    const isErased = booking.blankedAt !== null;
    switch (step) {
      case 'reconcile':
        return foundOrGone(await port.getEvent({ ...request, externalId }));
      case 'delete':
        await port.delete({ ...request, externalId });
        return 'deleted';
      case 'update': {
        const changed = write.invited === invites || isErased ? rest : event;
        return port.update({ ...request, externalId, event: changed }).catch(orGone);
      }
      case 'create':
        return port.create({ ...request, event });
      case 'create-again': {
        const { externalId: made } = await port.create({ ...request, event });
        return port.update({ ...request, externalId: made, event: isErased ? rest : event });
      }
    }
  }

  /** @returns whether the write has more to do at once */
  const commitWrite = (task: WriteTask, calledAt: Instant, externalId: string | null): Promise<boolean> =>
    publisher.change(async (tx, now) => {
      const row = await lockWrite(tx, task.id);
      if (row?.leaseId !== task.lease) return { result: false, keys: [] };
      const { start, end } = task.event;
      const pending = row.revision !== task.revision;
      const event = { calendarId: row.calendarId, externalId: externalId ?? '' };
      // A pull during the request left the host's change to the write job, which reconciles it in its next step.
      const changedMeanwhile =
        !pending && externalId !== null && (await eventChangedSince(tx, event, task.event, calledAt));
      await changeWrite(tx, task.id, {
        ...RELEASED,
        ...(externalId === null
          ? { writtenStartsAt: null, writtenEndsAt: null, invited: false }
          : {
              externalId,
              writtenStartsAt: new Date(start),
              writtenEndsAt: new Date(end),
              invited: task.invites,
            }),
        ...{ doneRevision: task.revision, writtenAt: new Date(now), failures: 0, error: null },
        status: pending ? 'PENDING' : 'WRITTEN',
        dueAt: pending || changedMeanwhile ? new Date(now) : conferenceDueAt(row, now),
      });
      // The set of the gateway's own events in this calendar has changed.
      return { result: pending || changedMeanwhile, keys: [cacheKey.calendar(row.calendarId)] };
    });

  const failWrite = (task: WriteTask, failure: ProviderError) =>
    store.$transaction(async (tx) => {
      const row = await lockWrite(tx, task.id);
      if (row?.leaseId !== task.lease) return;
      const now = clock.now();
      const failures = row.failures + 1;
      const error = writeErrorText(failure);
      const dueAt = new Date(writeRetryAt(now, failures, failure));
      const since = retriedByPullFrom(now, failures, failure);
      const retryPullSince = since === null ? null : new Date(since);
      const change: WriteChange = { ...RELEASED, failures, error, dueAt, retryPullSince };
      if (row.revision !== task.revision) {
        // The provider may accept the newer revision although it refused this one.
        if (!isTransient(failure)) change.dueAt = new Date(now);
      } else if (task.step !== 'reconcile') change.status = isTransient(failure) ? 'PENDING' : 'FAILED';
      if (failure.reason === 'auth-revoked')
        Object.assign(change, await handleRevokedGrant(tx, task, error, now));
      await changeWrite(tx, task.id, change);
    });

  /** Suspends the write of an account that is known to have lost its grant; otherwise a pull is to find out. */
  async function handleRevokedGrant(
    tx: Tx,
    { write }: WriteTask,
    error: string,
    now: Instant,
  ): Promise<WriteChange> {
    const account = await accountById(tx, write.accountId);
    if (account?.status !== 'CONNECTED') return suspendedChange(write, error);
    const calendar = write.calendarId;
    await markDirty(tx, [calendar], now);
    await jobs.enqueue(tx, [{ task: 'pull', payload: { calendar }, key: calendar }]);
    return {};
  }

  /** @returns whether the write has more to do at once */
  async function applyAnswer(task: WriteTask, calledAt: Instant, answer: Answer): Promise<boolean> {
    if (answer === 'gone') {
      if (task.step === 'update') await assertCalendarReadable(task.calendar.id);
      return applyHostChange(task, null);
    }
    if (answer === 'deleted') return commitWrite(task, calledAt, null);
    const conference = 'found' in answer ? answer.found.conference : answer.conference;
    // A host who removes the meeting from the event sees to another place.
    const isAwaited = task.step !== 'reconcile' || task.write.conferenceUntil !== null;
    if (task.hasConference && (conference || isAwaited)) await applyConference(task, conference);
    if ('found' in answer) return applyHostChange(task, answer.found);
    return commitWrite(task, calledAt, answer.externalId);
  }

  /** An event counts as deleted by its host only when its calendar can be read. @throws ProviderError */
  async function assertCalendarReadable(id: string): Promise<void> {
    const calendar = await store.calendar.findUnique({ where: { id } });
    if (calendar?.removed !== false) throw new ProviderError('rejected', 'the calendar is gone');
    const state = await store.calendarState.findUnique({ where: { calendarId: id } });
    if (state?.trouble && state.trouble !== 'approximate')
      throw new ProviderError('transient', 'neither event nor calendar can be read');
  }

  /** @returns whether the write has more to do at once */
  const underLease = (task: WriteTask): Promise<boolean> => {
    const { id, lease } = task;
    const calledAt = clock.now();
    return withLease(
      {
        renew: () => renewWriteLease(store, id, lease, clock.now() + WRITE_LEASE_TTL),
        ...{ every: RENEW_INTERVAL, stallAfter: STALL_AFTER, log, subject: { write: id } },
      },
      async (signal, progress) => {
        const answer = await untilAborted(signal, callProvider(task));
        progress();
        return applyAnswer(task, calledAt, answer);
      },
    );
  };

  async function runStep(id: string): Promise<boolean> {
    const task = await store.$transaction((tx) =>
      claimWrite(tx, { providers, mayInvite, manageUrl }, id, clock.now()),
    );
    if (!task) return false;
    try {
      return await underLease(task);
    } catch (error) {
      // Another process holds the lease now.
      if (error instanceof LeaseLostError) return false;
      const failure =
        error instanceof StalledError
          ? new ProviderError('transient', 'the provider did not answer for long')
          : error;
      if (!(failure instanceof ProviderError)) throw failure;
      const { step, write, booking } = task;
      const context = {
        write: id,
        booking: booking.id,
        calendar: write.calendarId,
        provider: write.provider,
      };
      log.warn(
        { ...context, step, reason: failure.reason, detail: failure.message },
        'writing a booking to its calendar failed',
      );
      await failWrite(task, failure);
      return false;
    }
  }

  return {
    async write(id) {
      while (await runStep(id));
    },
    async sweep(now) {
      await resumeSuspended(store, now);
      const due = await dueWrites(store, now, BATCH);
      await jobs.enqueue(
        store,
        due.map((write) => ({ task: 'write', payload: { write }, key: write })),
      );
    },
  };
}

const foundOrGone = (found: CurrentEvent | null): Answer => (found === null ? 'gone' : { found });

function orGone(error: unknown): Answer {
  if (error instanceof ProviderError && error.reason === 'rejected' && error.status === 410) return 'gone';
  throw error;
}
