import { describe, expect, it } from 'vitest';
import { createZoneWriter, hourCycleOf, timeLabels } from '../../../src/web/booking/zones.ts';

/** ICU writes narrow and thin spaces; which ones differs by version. */
const plain = (text: string) => text.replace(/[\u2009\u202f\u00a0]/g, ' ');
const at = Date.parse('2025-06-05T12:30:00Z');

describe('times', () => {
  it('writes times in 12 or 24 hours by the locale', () => {
    expect(plain(createZoneWriter('Europe/Berlin', 'en-GB').time(at))).toBe('14:30');
    expect(plain(createZoneWriter('America/New_York', 'en-US').time(at))).toBe('8:30 AM');
  });

  it('writes them in the hours that the visitor chose, whatever the locale', () => {
    expect(plain(createZoneWriter('Europe/Berlin', 'en-GB', 'h12').time(at))).toBe('2:30 pm');
    expect(plain(createZoneWriter('America/New_York', 'en-US', 'h23').time(at))).toBe('08:30');
    expect([hourCycleOf('en-GB'), hourCycleOf('en-US'), hourCycleOf('de')]).toEqual(['h23', 'h12', 'h23']);
  });

  it("writes a time in full, with the zone's name at that time", () => {
    const writer = createZoneWriter('Europe/Berlin', 'en-GB');
    expect(plain(writer.whole(at, at + 1_800_000))).toMatch(/Thursday,? 5 June 2025.*14:30\s?–\s?15:00/);
    expect(writer.zoneName(at)).toBe('Central European Summer Time');
    expect(writer.offset(at)).toBe('GMT+2');
  });

  it("adds the zone's name to equal times of one day", () => {
    const starts = ['2025-11-02T04:30:00Z', '2025-11-02T05:30:00Z', '2025-11-02T06:30:00Z'].map((text) =>
      Date.parse(text),
    );
    const labels = timeLabels(starts, createZoneWriter('America/New_York', 'en-US')).map(plain);
    expect(labels).toEqual(['12:30 AM', '1:30 AM EDT', '1:30 AM EST']);
  });
});
