import { describe, expect, it } from 'vitest';
import { badInput, conflict, notFound, SlotwireError, StartError } from '../src/errors.ts';

describe('an error for the one who asked', () => {
  it('has a stable code, and names the field of a bad input', () => {
    const error = badInput('input.to', 'must be after from');
    expect(error).toBeInstanceOf(SlotwireError);
    expect(error).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: 'input.to: must be after from',
      details: { field: 'input.to' },
    });
  });

  it('says what is missing or in the way', () => {
    expect(notFound('host', 'host_1')).toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is no host host_1.',
      details: {},
    });
    expect(conflict('Taken.')).toMatchObject({ code: 'CONFLICT', message: 'Taken.' });
    expect(new SlotwireError('RATE_LIMITED', 'Later.', { retryAfter: 7 }).details.retryAfter).toBe(7);
  });

  it('is distinguished from one that ends a command', () => {
    expect(new StartError('no')).not.toBeInstanceOf(SlotwireError);
    expect(new StartError('no').name).toBe('StartError');
    expect(conflict('no').name).toBe('SlotwireError');
  });
});
