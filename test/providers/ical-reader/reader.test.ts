/** The reader's thread, as it is built in dist: `npx tsx src/build.ts` before a single run of this file. */
import { describe, expect, it } from 'vitest';
import { type CalendarRead, type ReadOptions, readCalendar } from '../../../src/ical/read/calendar.ts';
import { createIcalReader } from '../../../src/providers/ical-reader/reader.ts';
import { calendarOf, event } from '../../ical/corpus/index.ts';

const window = { from: Date.UTC(2026, 9, 20), to: Date.UTC(2026, 10, 5) };
const options: ReadOptions = { zone: 'Europe/Berlin', owner: ['ada@example.com'], window };
const MEGABYTE = 1024 * 1024;
/** Slow machines prove the same. */
const generous = { timeLimit: 90_000 };

/** Ten years of meetings, about 370 bytes each. */
function history(size: number): string {
  const parts: string[] = [];
  for (let i = 0, length = 0; length < size; i++) {
    const at = new Date(Date.UTC(2017, 0, 1, 8) + (i % 90_000) * 3_600_000)
      .toISOString()
      .replace(/[-:]|\.000Z/g, '');
    const lines = `DTSTART;TZID=Europe/Berlin:${at}\nDURATION:PT45M\nSUMMARY:Meeting ${i}\nDESCRIPTION:${'what was said '.repeat(16)}`;
    const text = event(lines, `${i}@example.com`);
    parts.push(text);
    length += text.length;
  }
  return calendarOf(parts.join('\n'));
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  // real time: printed, and not judged.
  const began = performance.now();
  const result = await work();
  const end = performance.now(); // real time: as above
  console.log(`${what}: ${Math.round(end - began)} ms`);
  return result;
}

const busyTo = ({ events }: CalendarRead) => Math.max(...events.map(({ end }) => end));

describe('the reader', () => {
  it('answers the same in its thread and without one, to text and to bytes', async () => {
    const text = calendarOf(
      `X-WR-CALNAME:Zoë\n${event('DTSTART:20261022T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nSUMMARY:Überraschung')}`,
    );
    const expected = readCalendar(text, options);
    const threaded = createIcalReader({ inlineLimit: 0, ...generous });
    for (const reader of [createIcalReader(), threaded]) {
      expect(await reader.read(text, options)).toEqual(expected);
      expect(await reader.read(Buffer.from(text), options)).toEqual(expected);
      await expect(reader.read('<html>', options)).rejects.toMatchObject({ reason: 'not-a-calendar' });
    }
    await expect(threaded.read(text, { ...options, zone: 'Nowhere' })).rejects.toThrow('Nowhere');
  });

  it('answers many at once, each its own', async () => {
    const reader = createIcalReader({ inlineLimit: 0, ...generous });
    const names = Array.from({ length: 8 }, (_, i) => `calendar ${i}`);
    const read = await Promise.all(
      names.map((name) => reader.read(calendarOf(`X-WR-CALNAME:${name}`), options)),
    );
    expect(read.map(({ calendar }) => calendar.name)).toEqual(names);
  });

  it('reads 50 MB within its memory of 240 MB, and off the event loop', async () => {
    const bytes = Buffer.from(history(50 * MEGABYTE));
    expect(bytes.length).toBeGreaterThan(50 * MEGABYTE);
    let turns = 0;
    const beat = setInterval(() => turns++, 10);
    const read = await timed('50 MB', () => createIcalReader(generous).read(bytes, options));
    clearInterval(beat);
    expect(read.partial).toBe(false);
    expect(read.events.length).toBeGreaterThan(300);
    expect(turns).toBeGreaterThan(10);
  }, 120_000);

  it('caps an endless rule in a large calendar, and leaves nothing free behind the cap', async () => {
    const endless = event('DTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY', 'endless');
    const text = calendarOf(`${endless}\n${event(`X-PAD:${'x'.repeat(200_000)}`, 'pad')}`);
    const read = await timed('endless SECONDLY', () => createIcalReader(generous).read(text, options));
    expect(read.partial).toBe(true);
    expect(busyTo(read)).toBe(window.to);
  }, 120_000);

  it('caps a thousand endless rules together', async () => {
    const rules = [
      'SECONDLY',
      'SECONDLY;BYSECOND=7;COUNT=99999999',
      'MINUTELY',
      'HOURLY;BYSETPOS=1;COUNT=99999999',
    ];
    const all = Array.from({ length: 1_000 }, (_, i) =>
      event(
        `DTSTART;TZID=America/New_York:${1600 + (i % 400)}0101T000000\nRRULE:FREQ=${rules[i % 4]}`,
        `e${i}`,
      ),
    );
    const read = await timed('1,000 endless rules', () =>
      createIcalReader(generous).read(calendarOf(all.join('\n')), options),
    );
    expect(read.partial).toBe(true);
    expect(busyTo(read)).toBe(window.to);
  }, 120_000);

  it('refuses what takes longer than it may', async () => {
    const reader = createIcalReader({ inlineLimit: 0, timeLimit: 1 });
    await expect(reader.read(history(MEGABYTE), options)).rejects.toMatchObject({ reason: 'too-large' });
  });

  it('refuses what takes more memory than it may, and lives', async () => {
    const observance = `BEGIN:STANDARD\n${'DTSTART:19700101T000000\n'.repeat(300)}END:STANDARD`;
    const zones = Array.from(
      { length: 1_500 },
      (_, i) => `BEGIN:VTIMEZONE\nTZID:${i}\n${observance}\nEND:VTIMEZONE`,
    );
    const reader = createIcalReader({ ...generous, memoryLimit: 48 });
    const hoarder = reader.read(calendarOf(zones.join('\n')), options);
    await expect(hoarder).rejects.toMatchObject({ reason: 'too-large' });
    expect(await reader.read(history(MEGABYTE), options)).toMatchObject({ partial: false });
  });

  it('refuses more than it reads at all', async () => {
    await expect(
      createIcalReader(generous).read(Buffer.alloc(61 * MEGABYTE, ' '), options),
    ).rejects.toMatchObject({
      reason: 'too-large',
    });
  });
});
