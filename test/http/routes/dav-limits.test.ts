import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Stack } from '../../e2e/stack.fixture.ts';
import { sql } from '../../graphql/world.fixture.ts';
import { type AskDav, DAV_NS, davClient } from './dav-client.fixture.ts';
import { addFeedHost, createFeed, HOUR, iso, MIDNIGHT, startFeedStack } from './feeds-world.fixture.ts';

let stack: Stack;
let ask: AskDav;
const calendar = '/dav/calendars/fay/busy/';

beforeAll(async () => {
  stack = await startFeedStack();
  const world = await addFeedHost(stack, 'fay');
  ask = davClient(stack, 'fay', (await createFeed(stack, world.host.id, true)).secret);
  await world.put('one', { start: MIDNIGHT, end: MIDNIGHT + HOUR, title: 'One' });
  // Twelve thousand long titles are 24 MB of calendar data.
  await sql(
    stack,
    `insert into event (organisation_id, calendar_id, external_id, kind, starts_at, ends_at, title, valid_from)
     select organisation_id, calendar_id, 'many-' || n, kind, $1::timestamptz + n * interval '1 minute',
       $1::timestamptz + (n + 1) * interval '1 minute', repeat('long ', 400), valid_from
     from event, generate_series(1, 12000) n where external_id = 'one'`,
    [iso(MIDNIGHT + HOUR)],
  );
});
afterAll(() => stack?.close());

const named = (count: number, of = (n: number) => `<X:p${n} xmlns:X="urn:x"/>`) =>
  Array.from({ length: count }, (_, n) => of(n)).join('');
const propfind = (prop: string, headers: Record<string, string> = { depth: '0' }) =>
  ask('PROPFIND', calendar, {
    headers,
    body: `<D:propfind ${DAV_NS}><D:prop>${prop}</D:prop></D:propfind>`,
  });
const query = (prop: string, filter = '') =>
  ask('REPORT', calendar, {
    headers: { depth: '1' },
    body: `<C:calendar-query ${DAV_NS}><D:prop>${prop}</D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">${filter}</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`,
  });

describe('properties named in a request', () => {
  it('count once each, however often they are named', async () => {
    const answer = await propfind(named(10_000, () => '<D:displayname/>'));
    expect(answer.status).toBe(207);
    expect(answer.text.match(/<D:displayname>/g)).toHaveLength(1);
    const again = await ask('PROPFIND', calendar, {
      body: `<D:propfind ${DAV_NS}><D:allprop/><D:include><D:displayname/><D:displayname/></D:include></D:propfind>`,
    });
    expect(again.text.match(/<D:displayname>/g)).toHaveLength(1);
  });

  it('are a hundred at most', async () => {
    expect((await propfind(named(100))).status).toBe(207);
    for (const method of ['PROPFIND', 'PROPPATCH']) {
      const root = method === 'PROPFIND' ? 'propfind' : 'propertyupdate';
      const inside = `<D:prop>${named(101)}</D:prop>`;
      const body = `<D:${root} ${DAV_NS}>${method === 'PROPFIND' ? inside : `<D:set>${inside}</D:set>`}</D:${root}>`;
      expect((await ask(method, calendar, { body })).status, method).toBe(400);
    }
    expect((await query(named(101))).status).toBe(400);
    expect(
      (
        await query(
          '<D:getetag/>',
          named(101, () => '<C:prop-filter name="UID"/>'),
        )
      ).status,
    ).toBe(400);
  });
});

describe('an answer of CalDAV', () => {
  it('that would be over 16 MiB is refused, by PROPFIND as by reports, and smaller ones are given', async () => {
    const data = '<D:getetag/><C:calendar-data/>';
    for (const refused of [await propfind(data, { depth: '1' }), await query(data)])
      expect([refused.status, refused.error]).toEqual([507, 'D:number-of-matches-within-limits']);
    expect((await ask('GET', calendar)).status).toBe(507);
    const found = await query('<D:getetag/>');
    expect(found.status).toBe(207);
    expect(found.responses.length).toBeGreaterThan(12_000);
    const hrefs = found.responses.slice(0, 2_000).map(({ href }) => `<D:href>${href}</D:href>`);
    const several = await ask('REPORT', calendar, {
      body: `<C:calendar-multiget ${DAV_NS}><D:prop>${data}</D:prop>${hrefs.join('')}</C:calendar-multiget>`,
    });
    expect([several.status, several.responses.length]).toEqual([207, 2_000]);
  });

  it('is given in parts to a client that limits a sync', async () => {
    const sync = (limit: string) =>
      ask('REPORT', calendar, {
        body: `<D:sync-collection ${DAV_NS}><D:sync-token/><D:sync-level>1</D:sync-level>${limit}<D:prop><D:getetag/><C:calendar-data/></D:prop></D:sync-collection>`,
      });
    expect((await sync('')).status).toBe(507);
    const part = await sync('<D:limit><D:nresults>1000</D:nresults></D:limit>');
    expect(part.status).toBe(207);
    expect(part.responses.filter(({ status }) => status === 507)).toHaveLength(1);
    expect(part.responses).toHaveLength(1_001);
  });
});
