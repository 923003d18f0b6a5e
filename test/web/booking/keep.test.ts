import { expect, it } from 'vitest';
import { createKeep } from '../../../src/web/booking/keep.ts';

const HELD = { token: 't', start: 1, end: 2, expiresAt: 3, hosts: ['Ada'] };

function box(start: Record<string, string> = {}) {
  const inside = new Map(Object.entries(start));
  return {
    inside,
    getItem: (key: string) => inside.get(key) ?? null,
    setItem: (key: string, value: string) => void inside.set(key, value),
    removeItem: (key: string) => void inside.delete(key),
  };
}

it('keeps a hold per event type, a draft and the zone', () => {
  const storage = box();
  const keep = createKeep(() => storage);
  keep.keepHold('et_1', HELD);
  keep.keepDraft({ name: 'Grace', email: '', notes: '' });
  keep.keepZone('Europe/Berlin');
  const after = createKeep(() => storage);
  expect([after.hold('et_1'), after.hold('et_2')]).toEqual([HELD, null]);
  expect(after.draft()).toEqual({ name: 'Grace', email: '', notes: '' });
  expect(after.zone()).toBe('Europe/Berlin');
  keep.keepHold('et_1', null);
  keep.keepDraft(null);
  expect([...storage.inside.keys()]).toEqual(['slotwire.zone']);
});

it('finds nothing in what it did not write', () => {
  const keep = createKeep(() =>
    box({ 'slotwire.hold.et_1': '{"token":7}', 'slotwire.draft': '[', 'slotwire.zone': '"Mars/Olympus"' }),
  );
  expect([keep.hold('et_1'), keep.draft(), keep.zone()]).toEqual([null, null, null]);
});

it('does without a storage that the browser refuses', () => {
  const keep = createKeep(() => {
    throw new Error('denied');
  });
  keep.keepHold('et_1', HELD);
  expect(keep.hold('et_1')).toBeNull();
});
