import { expect, it } from 'vitest';
import { EMPTY_DRAFT } from '../../../src/web/booking/draft.ts';
import { createPageStorage } from '../../../src/web/booking/page-storage.ts';

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

it('stores a hold per event type, a draft and the zone', () => {
  const storage = box();
  const keep = createPageStorage(() => storage);
  keep.saveHold('et_1', HELD);
  keep.saveDraft({ ...EMPTY_DRAFT, name: 'Grace', answers: { a: ['b'] } });
  keep.saveZone('Europe/Berlin');
  const after = createPageStorage(() => storage);
  expect([after.hold('et_1'), after.hold('et_2')]).toEqual([HELD, null]);
  expect(after.draft()).toEqual({ ...EMPTY_DRAFT, name: 'Grace', answers: { a: ['b'] } });
  expect(after.zone()).toBe('Europe/Berlin');
  keep.saveHold('et_1', null);
  keep.saveDraft(null);
  expect([...storage.inside.keys()]).toEqual(['slotwire.zone']);
});

it('ignores stored values of another form', () => {
  const keep = createPageStorage(() =>
    box({ 'slotwire.hold.et_1': '{"token":7}', 'slotwire.draft': '[', 'slotwire.zone': '"Mars/Olympus"' }),
  );
  expect([keep.hold('et_1'), keep.draft(), keep.zone()]).toEqual([null, null, null]);
});

it('works without a storage that the browser refuses', () => {
  const keep = createPageStorage(() => {
    throw new Error('denied');
  });
  keep.saveHold('et_1', HELD);
  expect(keep.hold('et_1')).toBeNull();
});
