import { describe, expect, it } from 'vitest';
import { createLog } from '../src/log.ts';

function record(level = 'info') {
  const lines: string[] = [];
  return { lines, log: createLog(level, { write: (line) => void lines.push(line) }) };
}

describe('the log', () => {
  it('writes one JSON line each, with an ISO instant and no host or process', () => {
    const { lines, log } = record();
    log.warn({ calendar: 'cal_1' }, 'pull\nfailed');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1);
    const { time, ...rest } = JSON.parse(lines[0] ?? '');
    expect(rest).toEqual({ level: 40, calendar: 'cal_1', msg: 'pull\nfailed' });
    expect(new Date(time).toISOString()).toBe(time);
  });

  it('keeps to its level', () => {
    const { lines, log } = record('warn');
    log.info('quiet');
    expect(lines).toEqual([]);
  });

  it('hides secrets wherever they hang, errors of HTTP clients included', () => {
    const { lines, log } = record();
    const sent = { headers: { Authorization: 'Bearer hush' }, body: 'code=hush' };
    const error = Object.assign(new Error('refused'), {
      code: 'ECONNREFUSED',
      token: 'hush',
      config: sent,
      response: { data: { access_token: 'hush' } },
      cause: { request: { headers: { cookie: 'hush' } } },
    });
    log.info({ token: 'hush', password: 'hush', headers: { a: 'hush' } }, 'top');
    log.info({ account: { tokens: 'hush', refresh_token: 'hush', id: 'acc_1' } }, 'nested');
    log.info({ a: { b: { c: { secret: 'hush', d: 'kept' } } } }, 'deep');
    log.error({ err: error }, 'failed');
    expect(lines.join('')).not.toContain('hush');
    expect(JSON.parse(lines[1] ?? '').account).toEqual({
      tokens: '[redacted]',
      refresh_token: '[redacted]',
      id: 'acc_1',
    });
    expect(JSON.parse(lines[2] ?? '').a.b.c.d).toBe('kept');
    expect(JSON.parse(lines[3] ?? '').err).toMatchObject({ message: 'refused', code: 'ECONNREFUSED' });
  });

  it('leaves what was logged as it was', () => {
    const { log } = record();
    const given = { account: { token: 'hush' } };
    log.info(given);
    expect(given).toEqual({ account: { token: 'hush' } });
  });
});
