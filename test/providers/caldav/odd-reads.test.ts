/** Objects that a server lists and doesn't let read: what they took stays taken until a server says it twice. */
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../../src/time/clock.ts';
import { failureOf } from '../server.fixture.ts';
import { CALENDAR, type Oddities } from './odd-server.fixture.ts';
import { event, open, received } from './odd-world.fixture.ts';

/** Each way of finding changes. */
const WAYS: [how: string, oddities: Oddities][] = [
  ['sync-collection', {}],
  ['a ctag', { syncs: false }],
  ['etags', { syncs: false, ctag: false }],
];

/** A server with two objects that were read, of which the first changed and is listed, and isn't found when it is asked for. */
async function withLostObject(oddities: Oddities) {
  const odd = await open(oddities);
  odd.put('one.ics', event('one', 1));
  odd.put('two.ics', event('two', 2));
  await odd.sync();
  odd.put('one.ics', event('moved', 3));
  const lost = new Set(['one.ics']);
  odd.odd.first = ({ method, path, body }) => {
    const name = [...lost].find((each) => (method === 'GET' ? path.endsWith(each) : body.includes(each)));
    if (name === undefined || (method !== 'GET' && !body.includes('multiget'))) return null;
    if (method === 'GET') return { status: 404 };
    const missing = `<D:response><D:href>${CALENDAR}${name}</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>`;
    return received(missing);
  };
  return { odd, lost };
}

describe.each(WAYS)('an object that is listed and not found, by %s', (_how, oddities) => {
  it('keeps its last known time, is reported as unread, and is read as soon as it is found', async () => {
    const { odd, lost } = await withLostObject(oddities);
    expect((await odd.sync()).at(-1)).toMatchObject({ partial: true, refreshInterval: MINUTE });
    expect(odd.titles()).toEqual(['one', 'two']);
    lost.clear();
    const last = (await odd.sync()).at(-1);
    expect(last).not.toHaveProperty('partial');
    expect(last).not.toHaveProperty('refreshInterval');
    expect(odd.titles()).toEqual(['two', 'moved']);
  });

  it('is gone when the next round does not find it either, and comes back when a later one does', async () => {
    const { odd, lost } = await withLostObject(oddities);
    await odd.sync();
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    expect(odd.titles()).toEqual(['two']);
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    lost.clear();
    await odd.sync();
    expect(odd.titles()).toEqual(['two', 'moved']);
    const before = odd.asked.length;
    await odd.sync();
    expect(odd.asked.slice(before).filter(({ body }) => body.includes('multiget'))).toEqual([]);
  });

  it('is gone as soon as it is not listed any more', async () => {
    const { odd } = await withLostObject(oddities);
    await odd.sync();
    odd.remove('one.ics');
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    expect(odd.titles()).toEqual(['two']);
  });

  it('keeps what is stored of it when everything is read anew, and a second time is believed then too', async () => {
    const { odd } = await withLostObject(oddities);
    const first = await odd.sync({ cursor: null });
    expect(first.flatMap(({ changes }) => changes)).toContainEqual({ type: 'keep', id: 'one.ics' });
    expect(first.at(-1)).toHaveProperty('partial', true);
    const second = await odd.sync({ cursor: null, previousCursor: first.at(-1)?.cursor ?? '' });
    expect(second.flatMap(({ changes }) => changes)).not.toContainEqual({ type: 'keep', id: 'one.ics' });
    expect(second.at(-1)).not.toHaveProperty('partial');
  });
});

describe('an object that is listed', () => {
  const propstat = (name: string, status: string) =>
    `<D:response><D:href>${CALENDAR}${name}</D:href><D:propstat><D:prop><C:calendar-data/></D:prop><D:status>HTTP/1.1 ${status}</D:status></D:propstat></D:response>`;
  const empty = `<D:response><D:href>${CALENDAR}one.ics</D:href><D:propstat><D:prop><C:calendar-data>\n </C:calendar-data></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`;

  it.each([
    ['left out of the answer', ''],
    ['refused by its property', propstat('one.ics', '403 Forbidden')],
    ['failing by its property', propstat('one.ics', '500 Internal Server Error')],
    ['not found by its property', propstat('one.ics', '404 Not Found')],
    ['empty', empty],
  ])('and %s is asked for by itself, and keeps its time when that fails too', async (_what, answer) => {
    const odd = await open();
    odd.put('one.ics', event('one', 1));
    await odd.sync();
    odd.put('one.ics', event('moved', 3));
    let refused = true;
    odd.odd.first = ({ method, body }) => {
      if (body.includes('multiget')) return received(answer);
      return method === 'GET' && refused ? { status: 403 } : null;
    };
    expect((await odd.sync()).at(-1)).toHaveProperty('partial', true);
    expect(odd.titles()).toEqual(['one']);
    refused = false;
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    expect(odd.titles()).toEqual(['moved']);
  });

  it('and whose text was cut keeps its time', async () => {
    const odd = await open({ multiget: 'none' });
    odd.put('one.ics', event('one', 1));
    await odd.sync();
    odd.put('one.ics', event('moved', 3));
    const text = event('moved', 3);
    odd.odd.first = ({ method }) =>
      method === 'GET' ? { status: 200, body: text.slice(0, text.indexOf('DTSTART')) } : null;
    expect((await odd.sync()).at(-1)).toHaveProperty('partial', true);
    expect(odd.titles()).toEqual(['one']);
    odd.odd.first = () => null;
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    expect(odd.titles()).toEqual(['moved']);
  });

  it.each(['403 Forbidden', '423 Locked', '500 Internal Server Error'])(
    'with %s is no deleted one',
    async (status) => {
      const odd = await open({ syncs: false, ctag: false });
      odd.put('one.ics', event('one', 1));
      await odd.sync();
      const self = `<D:response><D:href>${CALENDAR}</D:href><D:propstat><D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`;
      const refused = `<D:response><D:href>${CALENDAR}one.ics</D:href><D:status>HTTP/1.1 ${status}</D:status></D:response>`;
      odd.odd.first = ({ method, headers }) =>
        method === 'PROPFIND' && headers.depth === '1' ? received(self + refused) : null;
      await odd.sync();
      expect(odd.titles()).toEqual(['one']);
    },
  );

  it('in a list that was cut short says nothing of the others', async () => {
    const odd = await open({ syncs: false, ctag: false });
    odd.put('one.ics', event('one', 1));
    await odd.sync();
    const self = `<D:response><D:href>${CALENDAR}</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response>`;
    odd.odd.first = ({ method, headers }) =>
      method === 'PROPFIND' && headers.depth === '1' ? received(self) : null;
    expect(await failureOf(odd.sync())).toMatchObject({ reason: 'transient' });
  });
});
