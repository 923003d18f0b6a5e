import { describe, expect, it } from 'vitest';
import { RetryTransaction, retryOnConflict } from '../../src/booking/retry-on-conflict.ts';
import { sqlStateOf } from '../../src/store/sql-state.ts';

/** As the database adapter throws it. */
const refusal = (state: string) =>
  Object.assign(new Error('refused'), {
    code: 'P2010',
    meta: { driverAdapterError: { name: 'DriverAdapterError', cause: { originalCode: state } } },
  });

/** Fails so often, then answers. */
function failing(times: number, error: unknown) {
  const work = { runs: 0 };
  const run = async () => {
    work.runs++;
    if (work.runs <= times) throw error;
    return 'through';
  };
  return { work, run };
}

describe('what others were first to', () => {
  it.each(['40001', '40P01'])('is tried again when the database had to choose one (%s)', async (state) => {
    const { work, run } = failing(2, refusal(state));
    expect(await retryOnConflict(run, 'taken')).toBe('through');
    expect(work.runs).toBe(3);
  });

  it('is tried again when what it was prepared by has changed', async () => {
    expect(await retryOnConflict(failing(1, new RetryTransaction()).run)).toBe('through');
  });

  it.each(['23505', '23P01'])('is taken when a constraint says so (%s)', async (state) => {
    const { work, run } = failing(9, refusal(state));
    expect(await retryOnConflict(run, 'taken')).toBe('taken');
    expect(work.runs).toBe(1);
    await expect(retryOnConflict(failing(9, refusal(state)).run)).rejects.toThrow('refused');
  });

  it('is given up in the end, and at once for any other fault', async () => {
    const unlucky = failing(99, refusal('40P01'));
    await expect(retryOnConflict(unlucky.run, 'taken')).rejects.toThrow('refused');
    expect(unlucky.work.runs).toBe(6);
    const broken = failing(99, new Error('broken'));
    await expect(retryOnConflict(broken.run, 'taken')).rejects.toThrow('broken');
    expect(broken.work.runs).toBe(1);
  });
});

it('an SQLSTATE is found wherever an error carries it', () => {
  expect(sqlStateOf(refusal('23P01'))).toBe('23P01');
  expect(sqlStateOf({ code: 'P2034' })).toBe('40001');
  expect(sqlStateOf({ code: 'P2002', meta: {} })).toBe('23505');
  expect(sqlStateOf({ code: '40P01' })).toBe('40P01');
  for (const other of [null, 'text', new Error('x'), { code: 'P2028' }, { code: 'ECONNREFUSED' }]) {
    expect(sqlStateOf(other)).toBe('');
  }
});
