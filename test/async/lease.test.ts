import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { untilAborted } from '../../src/async/abort.ts';
import { LeaseLostError, type LeaseOptions, StalledError, withLease } from '../../src/async/lease.ts';
import { createLog } from '../../src/log.ts';
import { deferred } from './deferred.fixture.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A lease that is renewed once a second, and for work that gets on at least every three. */
function lease(renew: () => Promise<boolean>, signal?: AbortSignal) {
  const lines: string[] = [];
  const log = createLog('debug', { write: (line: string) => void lines.push(line) });
  const options: LeaseOptions = {
    ...{ renew, every: 1_000, stallAfter: 3_000, signal, log, subject: { calendar: 'cal_1' } },
  };
  return { options, lines };
}

const endless = (signal: AbortSignal) => untilAborted(signal, new Promise<never>(() => {}));

it('renews the lease while the work makes progress, and stops with the work', async () => {
  let renewals = 0;
  const { options, lines } = lease(async () => {
    renewals += 1;
    return true;
  });
  const work = deferred<string>();
  let progress = () => {};
  const kept = withLease(options, (_signal, onProgress) => {
    progress = onProgress;
    return work.promise;
  });
  for (let second = 0; second < 10; second++) {
    await vi.advanceTimersByTimeAsync(1_000);
    progress();
  }
  expect(renewals).toBe(10);
  work.resolve('done');
  expect(await kept).toBe('done');
  // A timer that was left would renew, or log a stall. Counting timers would count those of other files' libraries too.
  await vi.advanceTimersByTimeAsync(10_000);
  expect(renewals).toBe(10);
  expect(lines).toEqual([]);
});

it('aborts the work when the lease is lost', async () => {
  let renewals = 0;
  const { options, lines } = lease(async () => {
    renewals += 1;
    return false;
  });
  const failed = expect(withLease(options, endless)).rejects.toThrow(LeaseLostError);
  await vi.advanceTimersByTimeAsync(1_000);
  await failed;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(renewals).toBe(1);
  expect(lines).toEqual([]);
});

it('gives up the lease and logs one line when the work stalls', async () => {
  let renewals = 0;
  const { options, lines } = lease(async () => {
    renewals += 1;
    return true;
  });
  const failed = expect(withLease(options, endless)).rejects.toThrow(StalledError);
  await vi.advanceTimersByTimeAsync(10_000);
  await failed;
  expect(renewals).toBe(2);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ calendar: 'cal_1', ms: 3_000 }]);
});

it('continues the work when a renewal fails', async () => {
  let renewals = 0;
  const { options, lines } = lease(async () => {
    renewals += 1;
    throw new Error('no connection');
  });
  const work = deferred<void>();
  const kept = withLease(options, () => work.promise);
  await vi.advanceTimersByTimeAsync(2_000);
  work.resolve();
  await kept;
  expect(renewals).toBe(2);
  expect(lines).toHaveLength(2);
});

it("aborts the work with the caller's signal", async () => {
  const caller = new AbortController();
  const { options } = lease(async () => true, caller.signal);
  const failed = expect(withLease(options, endless)).rejects.toBe('stopping');
  caller.abort('stopping');
  await failed;
});
