/** The provider against a server that answers by a script, as Graph's documents and users tell of it. */
import { afterEach } from 'vitest';
import { createMicrosoft } from '../../../src/providers/microsoft/index.ts';
import {
  type Asked,
  countedAccess,
  createFakeServer,
  type FakeAnswer,
  type FakeServer,
  pagesOf,
} from '../server.fixture.ts';

const WINDOW = { from: Date.parse('2026-12-01T00:00:00Z'), to: Date.parse('2027-01-01T00:00:00Z') };
export const DELTA = '/v1.0/me/calendars/AAMk=/calendarView/delta';
export const VIEW = '/v1.0/me/calendars/AAMk=/calendarView';

/** Of the present test. */
export let server: FakeServer;
afterEach(() => server.close());

export type Script = (asked: Asked, url: string) => FakeAnswer;

export async function microsoft(answer: Script, path = '', eventGrid?: string) {
  server = await createFakeServer(answer);
  return createMicrosoft({
    clientId: 'id',
    clientSecret: 'secret',
    tenant: 'common',
    loginUrl: `${server.url}/login`,
    graphUrl: `${server.url}${path}`,
    eventGrid,
  });
}

export interface Pull {
  cursor?: string | null;
  path?: string;
  timeZone?: string | null;
  access?: ReturnType<typeof countedAccess>;
}

export async function pullFrom(answer: Script, pull: Pull = {}) {
  const { cursor = null, path = '', timeZone = 'Europe/Berlin', access = countedAccess() } = pull;
  const provider = await microsoft(answer, path);
  const calendar = { externalId: 'AAMk=', timeZone };
  return pagesOf(provider.pullChanges({ access, calendar, cursor, window: WINDOW }));
}

export const changesFrom = async (answer: Script, pull: Pull = {}) =>
  (await pullFrom(answer, pull)).flatMap((page) => page.changes);

export const refusal = (status: number, code: string, headers: Record<string, string> = {}): FakeAnswer => ({
  status,
  headers,
  body: { error: { code, message: 'No.', innerError: { date: '2026-12-01', 'request-id': 'r' } } },
});

/** Pages by `$skiptoken`, after settings that can't be read. */
export const deltaPages =
  (...pages: object[][]): Script =>
  ({ path, query }, url) => {
    if (path !== DELTA) return refusal(404, 'ErrorItemNotFound');
    const number = Number(query.get('$skiptoken') ?? 0);
    const link =
      number + 1 < pages.length
        ? { '@odata.nextLink': `${url}${DELTA}?$skiptoken=${number + 1}` }
        : { '@odata.deltaLink': `${url}${DELTA}?$deltatoken=next` };
    return { body: { value: pages[number], ...link } };
  };

export const CURSOR = `${DELTA}?$deltatoken=d1`;

export const times = (day: string) => ({
  start: { dateTime: `${day}T09:00:00.0000000`, timeZone: 'UTC' },
  end: { dateTime: `${day}T10:00:00.0000000`, timeZone: 'UTC' },
});
export const stub = (id: string, day: string) => ({
  id,
  seriesMasterId: 'm',
  type: 'occurrence',
  ...times(day),
});
export const master = (more: object = {}) => ({
  id: 'm',
  type: 'seriesMaster',
  subject: 'Series',
  showAs: 'oof',
  isAllDay: false,
  ...times('2026-11-01'),
  ...more,
});
export const removal = (id: string) => ({ id, '@removed': { reason: 'deleted' } });
