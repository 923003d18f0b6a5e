import { describe, expect, it } from 'vitest';
import { countedAccess, type FakeAnswer, failureOf } from '../server.fixture.ts';
import { CURSOR, DELTA, pullFrom, refusal, server } from './scripted.fixture.ts';

describe('links', () => {
  it('are asked verbatim below a root with a path, with the same preferences; the cursor has no root', async () => {
    const query = '$skiptoken=a%2Bb%3D~c&$skiptoken=twice&flag';
    const pages = await pullFrom(
      ({ target }, url) => {
        const link = target.includes('skiptoken')
          ? { '@odata.deltaLink': `${url}/proxy${DELTA}?$deltatoken=x%2By` }
          : { '@odata.nextLink': `${url}/proxy${DELTA}?${query}` };
        return { body: { value: [], ...link } };
      },
      { cursor: CURSOR, path: '/proxy/' },
    );
    expect(server.asked.map(({ target }) => target)).toEqual([`/proxy${CURSOR}`, `/proxy${DELTA}?${query}`]);
    const prefer = 'IdType="ImmutableId", odata.maxpagesize=200, outlook.timezone="Europe/Berlin"';
    expect(server.asked.map(({ headers }) => headers.prefer)).toEqual([prefer, prefer]);
    expect(pages.at(-1)?.cursor).toBe(`${DELTA}?$deltatoken=x%2By`);
  });

  it.each([
    ['another host', () => 'http://127.0.0.1:9/v1.0/me/calendars'],
    ['a host that begins alike', (url: string) => `${url}.evil.example/v1.0/me`],
    ['no address at all', () => 'next page'],
    ['another path', (url: string) => `${url}/elsewhere/v1.0/me`],
    ['the way up', (url: string) => `${url}/graph/../elsewhere`],
  ])('to %s are rejected and get no token', async (_, link) => {
    const failure = await failureOf(
      pullFrom((_asked, url) => ({ body: { value: [], '@odata.nextLink': link(url) } }), {
        cursor: CURSOR,
        path: '/graph',
      }),
    );
    expect(failure.reason).toBe('rejected');
    expect(server.asked).toHaveLength(1);
  });
});

describe('failures', () => {
  const failing = (answer: FakeAnswer) => failureOf(pullFrom(() => answer, { cursor: CURSOR }));

  it.each([
    [403, 'ErrorAccessDenied', 'rejected'],
    [404, 'MailboxNotEnabledForRESTAPI', 'rejected'],
    [429, 'ApplicationThrottled', 'rate-limited'],
    [503, 'TooManyRequests', 'rate-limited'],
    [500, 'ErrorInternalServerError', 'transient'],
    [504, '', 'transient'],
  ])('%i %s', async (status, code, reason) => {
    expect(await failing(refusal(status, code))).toMatchObject({ reason, status });
  });

  it('tell how long to wait, also in HTML and by a date', async () => {
    const headers = { date: 'Tue, 01 Dec 2026 08:00:00 GMT', 'retry-after': 'Tue, 01 Dec 2026 08:05:00 GMT' };
    expect(await failing({ status: 503, headers, body: '<html>Busy</html>' })).toMatchObject({
      reason: 'transient',
      retryAfter: 300_000,
    });
  });

  it('by a token ask for another one once only', async () => {
    const access = countedAccess();
    const failure = await failureOf(
      pullFrom(() => refusal(401, 'InvalidAuthenticationToken'), { access, cursor: CURSOR }),
    );
    expect(failure).toMatchObject({ reason: 'transient', status: 401 });
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2']);
  });

  it('by a claims challenge pass: whether the grant is gone is for the token endpoint to say', async () => {
    const headers = { 'www-authenticate': 'Bearer error="insufficient_claims", claims="eyJ9"' };
    expect((await failing({ status: 401, headers })).reason).toBe('transient');
  });
});
