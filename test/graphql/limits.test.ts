import { describe, expect, it } from 'vitest';
import { createMemoryLimiter } from '../../src/cache/memory/limiter.ts';
import { ANONYMOUS, type Viewer } from '../../src/graphql/context.ts';
import { createLimitStrict } from '../../src/graphql/limits.ts';
import { createMetrics } from '../../src/metrics.ts';
import { MINUTE, systemClock } from '../../src/time/clock.ts';

const PUBLIC_LIMIT = 3;
const KEY_LIMIT = 8;
const TYPES: Record<string, string> = { et_ours: 'org_one', et_more: 'org_one', et_theirs: 'org_two' };

const createLimit = () =>
  createLimitStrict({
    limiter: createMemoryLimiter({ clock: systemClock }),
    limit: { count: PUBLIC_LIMIT, window: MINUTE },
    keyLimit: { count: KEY_LIMIT, window: MINUTE },
    organisationOf: async (eventType) => TYPES[eventType] ?? null,
    metrics: createMetrics(),
  });

let keys = 0;
const keyOf = (...scopes: Viewer['scopes']): Viewer => ({
  ...ANONYMOUS,
  kind: 'API_KEY',
  scopes,
  organisation: 'org_one',
  key: { id: `key_${++keys}`, expiresAt: null },
});
const OPERATOR: Viewer = { ...ANONYMOUS, kind: 'ADMIN', scopes: ['ADMIN'], organisation: 'org_one' };

/** How many of twenty pass. */
async function passed(viewer: Viewer, eventType: string, purpose: 'read' | 'book', limit = createLimit()) {
  let count = 0;
  for (let i = 0; i < 20; i++) {
    await limit(viewer, eventType, purpose).then(
      () => count++,
      (error: unknown) => expect(error).toMatchObject({ code: 'RATE_LIMITED' }),
    );
  }
  return count;
}

describe('what makes the gateway ask providers', () => {
  it.each([
    [[], 'read', PUBLIC_LIMIT],
    [['READ_BUSY'], 'read', PUBLIC_LIMIT],
    [['READ_AVAILABILITY'], 'read', KEY_LIMIT],
    [['BOOK'], 'read', KEY_LIMIT],
    [['ADMIN'], 'read', KEY_LIMIT],
    [['READ_AVAILABILITY'], 'book', PUBLIC_LIMIT],
    [['BOOK'], 'book', KEY_LIMIT],
    [['ADMIN'], 'book', KEY_LIMIT],
  ] as const)(
    "a key of %o may %s its own organisation's event types %i times",
    async (scopes, purpose, most) => {
      expect(await passed(keyOf(...scopes), 'et_ours', purpose)).toBe(most);
    },
  );

  it("is counted with the public at another organisation's event types, and at unknown ones", async () => {
    for (const eventType of ['et_theirs', 'et_unknown']) {
      const limit = createLimit();
      expect(await passed(ANONYMOUS, eventType, 'read', limit)).toBe(PUBLIC_LIMIT);
      expect(await passed(keyOf('ADMIN'), eventType, 'read', limit)).toBe(0);
    }
  });

  it('is counted for each key alone, over all event types', async () => {
    const limit = createLimit();
    const one = keyOf('BOOK');
    expect(await passed(one, 'et_ours', 'read', limit)).toBe(KEY_LIMIT);
    expect(await passed(one, 'et_more', 'book', limit)).toBe(0);
    expect(await passed(keyOf('BOOK'), 'et_ours', 'read', limit)).toBe(KEY_LIMIT);
    expect(await passed(ANONYMOUS, 'et_ours', 'read', limit)).toBe(PUBLIC_LIMIT);
  });

  it('is without limit for the operator in the organisation in which the operator acts', async () => {
    expect(await passed(OPERATOR, 'et_ours', 'book')).toBe(20);
    expect(await passed(OPERATOR, 'et_theirs', 'book')).toBe(PUBLIC_LIMIT);
  });
});
