/** What is in objects, and what becomes of it. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../../src/time/clock.ts';
import { calendarObject } from '../../harness/dav-server.ts';
import { failureOf } from '../server.fixture.ts';
import { event, NOW, open, stamp, WINDOW } from './odd-world.fixture.ts';
import { BERLIN } from './world.fixture.ts';

describe('objects', () => {
  it('expands what comes every hour, and closes what comes every second', async () => {
    const odd = await open();
    odd.put('hourly.ics', event('hourly', -400, 'RRULE:FREQ=HOURLY;BYMINUTE=0'));
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    expect(odd.copy.events()).toHaveLength((WINDOW.to - WINDOW.from) / HOUR);
    odd.put('hourly.ics', event('each', -400, 'RRULE:FREQ=SECONDLY'));
    expect((await odd.sync()).at(-1)).toHaveProperty('partial', true);
    const [first] = odd.copy.busy();
    expect(first?.start).toBeLessThanOrEqual(WINDOW.from);
    expect(odd.copy.busy().at(-1)?.end).toBeGreaterThanOrEqual(WINDOW.to);
  });

  it('counts every period of free-busy time', async () => {
    const odd = await open();
    const period = (day: number) => `FREEBUSY:${stamp(NOW + day * DAY)}/PT1H`;
    odd.put('busy.ics', calendarObject('BEGIN:VFREEBUSY', 'UID:f', period(1), period(2), 'END:VFREEBUSY'));
    await odd.sync();
    expect(odd.copy.busy()).toHaveLength(2);
  });

  it('keeps the time of one that is broken, says so, and heals with it', async () => {
    const odd = await open();
    odd.put('one.ics', event('one', 1));
    odd.put('two.ics', event('two', 2));
    await odd.sync();
    odd.put('one.ics', 'no calendar at all');
    odd.put('two.ics', event('three', 3));
    expect((await odd.sync()).at(-1)).toMatchObject({ partial: true, changes: [] });
    expect(odd.titles()).toEqual(['one', 'three']);
    // Nothing changed, and it still can't be read.
    expect((await odd.sync()).at(-1)).toHaveProperty('partial', true);
    odd.put('one.ics', event('healed', 1));
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    expect(odd.titles()).toEqual(['healed', 'three']);
    odd.put('one.ics', 'no calendar at all');
    await odd.sync();
    odd.remove('one.ics');
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    expect(odd.titles()).toEqual(['three']);
  });

  it('says that the place of one is in doubt, until it has changed, without reading it again', async () => {
    const odd = await open();
    const doubtful = event('one', 1).replace(/DTSTART:(\d+T\d+)Z/, 'DTSTART;TZID=Nowhere:$1');
    odd.put('one.ics', doubtful);
    odd.put('two.ics', event('two', 2));
    expect((await odd.sync()).at(-1)).toMatchObject({ partial: true, held: true });
    expect((await odd.sync()).at(-1)).toMatchObject({ partial: true, held: true });
    odd.put('two.ics', 'no calendar at all');
    expect((await odd.sync()).at(-1)).not.toHaveProperty('held');
    odd.put('two.ics', event('two', 2));
    expect((await odd.sync()).at(-1)).toHaveProperty('held', true);
    odd.put('one.ics', event('one', 1));
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    odd.put('one.ics', doubtful);
    await odd.sync();
    odd.remove('one.ics');
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
  });

  it('takes tasks for nothing, and two events in one object for both', async () => {
    const odd = await open();
    odd.put('task.ics', calendarObject('BEGIN:VTODO', 'UID:t', `DUE:${stamp(NOW)}`, 'END:VTODO'));
    const lines = event('one', 1).split('\r\n').slice(3, -2);
    odd.put('two.ics', calendarObject(...lines, ...event('two', 2).split('\r\n').slice(3, -2)));
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    expect(odd.titles()).toEqual(['one', 'two']);
  });

  it('expands by itself, and takes what its owner declined for free', async () => {
    const odd = await open({
      addresses:
        '<D:href>/me/</D:href><D:href>mailto:old@example.com</D:href><D:href preferred="1">mailto:Ada@Example.com</D:href>',
    });
    expect(await odd.provider.identify(odd.access)).toMatchObject({ email: 'ada@example.com' });
    odd.put('series.ics', event('series', 0, 'RRULE:FREQ=DAILY;COUNT=3'));
    odd.put('no.ics', event('no', 5, 'ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.com'));
    await odd.sync();
    expect(odd.copy.busy()).toHaveLength(3);
  });

  it("takes what its host declined for free where the server doesn't tell whose it is, and follows a new address", async () => {
    const odd = await open();
    odd.put('no.ics', event('no', 5, 'ATTENDEE;PARTSTAT=DECLINED:MAILTO:Ada@example.com'));
    odd.put('yes.ics', event('yes', 6, 'ATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.com'));
    await odd.sync();
    expect(odd.copy.busy()).toHaveLength(2);
    const ownerAddresses = ['ada@example.com'];
    expect(await failureOf(odd.sync({ ownerAddresses }))).toMatchObject({ reason: 'cursor-expired' });
    await odd.sync({ cursor: null, ownerAddresses });
    expect(odd.copy.busy()).toHaveLength(1);
    await odd.sync({ ownerAddresses });
    expect(odd.copy.busy()).toHaveLength(1);
    expect(await failureOf(odd.sync())).toMatchObject({ reason: 'cursor-expired' });
  });

  it("lays whole days on the calendar's own zone, else on its host's", async () => {
    const odd = await open();
    const day = calendarObject('BEGIN:VEVENT', 'UID:d', 'DTSTART;VALUE=DATE:20261101', 'END:VEVENT');
    odd.put('day.ics', day);
    await odd.sync({ hostZone: 'America/New_York' });
    expect(odd.copy.events()).toMatchObject([{ start: Date.parse('2026-11-01T04:00:00Z'), allDay: true }]);
    // The host moved.
    expect(await failureOf(odd.sync({ hostZone: 'Asia/Tokyo' }))).toMatchObject({ reason: 'cursor-expired' });
    odd.odd.properties = `<C:calendar-timezone>${calendarObject(...BERLIN)}</C:calendar-timezone>`;
    const [first] = await odd.sync({ cursor: null, hostZone: 'America/New_York' });
    expect(first).toMatchObject({ timeZone: 'Europe/Berlin', changes: [] });
    expect(odd.copy.events()).toMatchObject([{ start: Date.parse('2026-10-31T23:00:00Z') }]);
  });
});
