import { expect, it } from 'vitest';
import { readPreferences, savePreferences } from '../../../src/web/booking/preferences.ts';

function box(text: string | null = null) {
  let held = text;
  return () => ({
    getItem: () => held,
    setItem: (_key: string, value: string) => {
      held = value;
    },
    removeItem: () => {
      held = null;
    },
  });
}
const refusing = (): never => {
  throw new Error('SecurityError');
};

it('a visitor who chose nothing sees a month, in the hours of the locale, or what the address names', () => {
  expect(readPreferences(box(), null)).toEqual({ view: 'month', hours: null });
  expect(readPreferences(box(), 'week')).toEqual({ view: 'week', hours: null });
  expect(readPreferences(box(), 'year')).toEqual({ view: 'month', hours: null });
});

it('what a visitor chose is there again, and goes before what the address names', () => {
  const open = box();
  savePreferences(open, { view: 'month', hours: 'h12' });
  expect(readPreferences(open, 'week')).toEqual({ view: 'month', hours: 'h12' });
});

it('what another program stored, or a browser that refuses to, does no harm', () => {
  for (const open of [box('{'), box('7'), box('null'), box('{"view":"year","hours":5}'), refusing])
    expect(readPreferences(open, null)).toEqual({ view: 'month', hours: null });
  savePreferences(refusing, { view: 'week', hours: null });
});
