/** A small CalDAV server that is as odd as a test wants it: what real ones were seen or read to do. */
import { createHash } from 'node:crypto';
import { type Asked, createFakeServer, type FakeAnswer } from '../server.fixture.ts';

export interface Oddities {
  /** Absent: Basic. */
  digest?: { algorithm?: string; qop?: string /** Uses of a nonce. */; uses?: number };
  /** Of the answers' elements; `''`: a default namespace. */
  prefixes?: { dav: string; caldav: string };
  syncs?: boolean;
  ctag?: boolean;
  /** Responses in one part of a sync-collection. */
  part?: number;
  /** How a token that isn't its own is refused. */
  refusal?: { status: number; body?: string };
  /** Sync-collection from the start is refused so. */
  noSync?: number;
  /** Only Depth: 1 will do. */
  depthOne?: boolean;
  etags?: boolean;
  contentTypes?: boolean;
  absolute?: boolean;
  /** How hrefs of objects are encoded. */
  href?: (path: string) => string;
  multiget?: 'none' | 'no data' | 'one missing';
  homes?: string[];
  /** More properties of the calendar. */
  properties?: string;
  addresses?: string;
  /** Answers before all others. */
  first?: (asked: Asked) => FakeAnswer | null;
  components?: string;
  /** There is another calendar, which the server calls default. */
  second?: boolean;
}

export const CALENDAR = '/cal/work/';
const NAMES: Record<string, string> = {
  D: 'DAV:',
  C: 'urn:ietf:params:xml:ns:caldav',
  CS: 'http://calendarserver.org/ns/',
};

const SECOND =
  '<D:response><D:href>/cal/second/</D:href><D:propstat><D:prop><D:resourcetype><C:calendar/></D:resourcetype></D:prop></D:propstat></D:response>';

export const USER = { username: 'Mufasa', password: 'Circle of Life' };

export async function createOddServer(odd: Oddities = {}) {
  const objects = new Map<string, { text: string; revision: number }>();
  const gone = new Map<string, number>();
  let revision = 0;
  let generation = 'a';
  let nonce = 0;
  let uses = 0;

  const server = await createFakeServer((asked) => {
    const first = odd.first?.(asked);
    if (first) return first;
    const refused = unproven(asked);
    if (refused) return refused;
    const answer = answerTo(asked);
    if (typeof answer.body !== 'string') return answer;
    return { status: 207, headers: { 'content-type': 'application/xml; charset=utf-8' }, ...answer };
  });

  function unproven({ headers, method, target }: Asked): FakeAnswer | null {
    const given = headers.authorization ?? '';
    if (!odd.digest) {
      const wanted = `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString('base64')}`;
      return given === wanted ? null : challenge('Basic realm="odd"');
    }
    const { algorithm, qop = 'auth,auth-int', uses: most = 1_000 } = odd.digest;
    const ask = (stale: boolean) => {
      nonce += 1;
      uses = 0;
      return challenge(
        `Digest realm="odd, \\"very\\"", nonce="n${nonce}"${qop ? `, qop="${qop}"` : ''}${algorithm ? `, algorithm=${algorithm}` : ''}, opaque="o"${stale ? ', stale=true' : ''}`,
      );
    };
    if (!given.startsWith('Digest ')) return ask(false);
    const part = (name: string) =>
      new RegExp(`(?:^|[ ,])${name}="?((?:[^",\\\\]|\\\\.)*)`).exec(given)?.[1] ?? '';
    if (part('nonce') !== `n${nonce}` || uses >= most) return ask(true);
    uses += 1;
    const hash = (text: string) =>
      createHash(algorithm?.startsWith('SHA-256') ? 'sha256' : 'md5')
        .update(text)
        .digest('hex');
    let secret = hash(`${USER.username}:odd, "very":${USER.password}`);
    if (algorithm?.endsWith('-sess')) secret = hash(`${secret}:n${nonce}:${part('cnonce')}`);
    const what = hash(`${method}:${target}`);
    const count = uses.toString(16).padStart(8, '0');
    const wanted = qop
      ? hash(`${secret}:n${nonce}:${count}:${part('cnonce')}:auth:${what}`)
      : hash(`${secret}:n${nonce}:${what}`);
    const right = part('response') === wanted && part('uri') === target && part('opaque') === 'o';
    return right ? null : ask(false);
  }

  const challenge = (text: string): FakeAnswer => ({ status: 401, headers: { 'www-authenticate': text } });

  const hrefOf = (path: string) => {
    const href = (odd.href ?? encodeURI)(path);
    return odd.absolute ? `${server.url}${href}` : href;
  };
  const etag = (path: string) =>
    odd.etags === false ? '' : `<D:getetag>"${objects.get(path)?.revision}"</D:getetag>`;
  const type = odd.contentTypes === false ? '' : '<D:getcontenttype>text/calendar</D:getcontenttype>';
  const found = (href: string, properties: string) =>
    `<D:response><D:href>${href}</D:href><D:propstat><D:prop>${properties}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:propstat><D:prop><D:quota/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>`;
  const lost = (href: string, status = '404 Not Found') =>
    `<D:response><D:href>${href}</D:href><D:status>HTTP/1.1 ${status}</D:status></D:response>`;

  /** Written with D, C and CS; written with the prefixes that the test wants. */
  function multistatus(inner: string): FakeAnswer {
    const { dav, caldav } = odd.prefixes ?? { dav: 'D', caldav: 'C' };
    const own: Record<string, string> = { D: dav, C: caldav, CS: 'cs' };
    const declared = Object.entries(own).map(
      ([name, prefix]) => `xmlns${prefix ? `:${prefix}` : ''}="${NAMES[name]}"`,
    );
    const body = inner.replace(
      /<(\/?)(D|CS|C):/g,
      (_all, slash: string, name: string) => `<${slash}${own[name] ? `${own[name]}:` : ''}`,
    );
    const root = dav ? `${dav}:multistatus` : 'multistatus';
    return { body: `<?xml version="1.0"?>\n<${root} ${declared.join(' ')}>${body}</${root}>` };
  }

  function calendarItself(): string {
    return found(
      hrefOf(CALENDAR),
      `<D:resourcetype><D:collection/><C:calendar/></D:resourcetype><D:displayname>Work</D:displayname>
      ${odd.components ?? '<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>'}
      <D:supported-report-set>${odd.syncs === false ? '' : '<D:supported-report><D:report><D:sync-collection/></D:report></D:supported-report>'}</D:supported-report-set>
      ${odd.ctag === false ? '' : `<CS:getctag>${revision}</CS:getctag>`}
      <D:current-user-principal><D:href>/me/</D:href></D:current-user-principal>${odd.properties ?? ''}`,
    );
  }

  function answerTo({ method, path, headers, body }: Asked): FakeAnswer {
    if (method === 'GET') {
      const object = objects.get(path);
      return object ? { status: 200, body: object.text } : { status: 404 };
    }
    if (method === 'REPORT') return body.includes('multiget') ? many(body) : synced(body, headers.depth);
    if (path === '/me/') {
      const homes = (odd.homes ?? ['/cal/']).map((home) => `<D:href>${home}</D:href>`).join('');
      return multistatus(
        found(
          '/me/',
          `<C:calendar-home-set>${homes}</C:calendar-home-set>
          ${odd.second ? '<C:schedule-inbox-URL><D:href>/inbox/</D:href></C:schedule-inbox-URL>' : ''}
          <C:calendar-user-address-set>${odd.addresses ?? ''}</C:calendar-user-address-set>`,
        ),
      );
    }
    if (path === CALENDAR && headers.depth === '0') return multistatus(calendarItself());
    if (path === CALENDAR) {
      const members = [...objects.keys()].map((each) => found(hrefOf(each), etag(each) + type));
      return multistatus(calendarItself() + members.join(''));
    }
    if (path === '/cal/') {
      const home = found('/cal/', '<D:resourcetype><D:collection/></D:resourcetype>');
      return multistatus(home + calendarItself() + (odd.second ? SECOND : ''));
    }
    if (path === '/inbox/' && odd.second) {
      const other =
        '<C:schedule-default-calendar-URL><D:href>/cal/second</D:href></C:schedule-default-calendar-URL>';
      return multistatus(found('/inbox/', other));
    }
    if (path !== '/') return { status: 404, body: '<html>nothing here' };
    const principal = '<D:current-user-principal><D:href>/me/</D:href></D:current-user-principal>';
    return multistatus(found('/', principal));
  }

  function synced(body: string, depth: unknown): FakeAnswer {
    if (odd.noSync) return { status: odd.noSync };
    if (odd.depthOne && depth !== '1') return { status: 400 };
    const token = /<D:sync-token>(.*)<\/D:sync-token>/.exec(body)?.[1] ?? '';
    if (token !== '' && !token.startsWith(`${generation}:`)) {
      const { status = 403, body: why = '<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>' } =
        odd.refusal ?? {};
      return { status, body: why };
    }
    const since = Number(token.split(':')[1] ?? 0);
    const all = [
      ...[...objects].map(([path, object]) => ({
        at: object.revision,
        text: found(hrefOf(path), etag(path)),
      })),
      ...[...gone].map(([path, at]) => ({ at, text: lost(hrefOf(path)) })),
    ]
      .filter(({ at }) => at > since)
      .sort((one, other) => one.at - other.at);
    const part = all.slice(0, odd.part ?? all.length);
    const cut = part.length < all.length;
    const last = cut ? (part.at(-1)?.at ?? since) : revision;
    return multistatus(
      `<D:sync-token>${generation}:${last}</D:sync-token>${part.map(({ text }) => text).join('')}${found(hrefOf(CALENDAR), '<D:getetag>"c"</D:getetag>')}${cut ? lost(hrefOf(CALENDAR), '507 Insufficient Storage') : ''}`,
    );
  }

  function many(body: string): FakeAnswer {
    if (odd.multiget === 'none') return { status: 501 };
    const hrefs = [...body.matchAll(/<D:href>(.*?)<\/D:href>/g)].map(([, href = '']) => href);
    const received = odd.multiget === 'one missing' ? hrefs.slice(1) : hrefs;
    return multistatus(
      received
        .map((href) => {
          const path = decodeURI(href.replace(server.url, ''));
          const object = objects.get(path);
          if (!object) return lost(href);
          const data = odd.multiget === 'no data' ? '' : `<C:calendar-data>${object.text}</C:calendar-data>`;
          return found(hrefOf(path), etag(path) + data);
        })
        .join(''),
    );
  }

  return {
    url: server.url,
    port: new URL(server.url).port,
    asked: server.asked,
    odd,
    put(name: string, text: string) {
      revision += 1;
      gone.delete(CALENDAR + name);
      objects.set(CALENDAR + name, { text, revision });
    },
    remove(name: string) {
      revision += 1;
      objects.delete(CALENDAR + name);
      gone.set(CALENDAR + name, revision);
    },
    /** Gone, without a word to the client. */
    lose: (name: string) => objects.delete(CALENDAR + name),
    expireTokens() {
      generation += 'a';
    },
    close: server.close,
  };
}
