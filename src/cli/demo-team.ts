/** Creates the demo's team through the public API and the providers' consent pages, as an operator and five hosts would. */
import type { Simulator } from '../simulator/simulator.ts';

interface Person {
  name: string;
  slug: string;
  email: string;
  timeZone: string;
  provider: 'GOOGLE' | 'MICROSOFT';
}

const TEAM: Person[] = [
  {
    name: 'Ada Lovelace',
    slug: 'ada',
    email: 'ada@example.com',
    timeZone: 'Europe/London',
    provider: 'GOOGLE',
  },
  {
    name: 'Grace Hopper',
    slug: 'grace',
    email: 'grace@example.com',
    timeZone: 'America/New_York',
    provider: 'MICROSOFT',
  },
  {
    name: 'Katherine Johnson',
    slug: 'katherine',
    email: 'katherine@example.com',
    timeZone: 'America/New_York',
    provider: 'GOOGLE',
  },
  {
    name: 'Alan Turing',
    slug: 'alan',
    email: 'alan@example.com',
    timeZone: 'Europe/London',
    provider: 'MICROSOFT',
  },
  {
    name: 'Konrad Zuse',
    slug: 'konrad',
    email: 'konrad@example.com',
    timeZone: 'Europe/Berlin',
    provider: 'GOOGLE',
  },
];

/** The first two of TEAM have pages of their own, and are a team of two beside the team of all. */
const PAIR = 2;

export interface SeededPage {
  title: string;
  path: string;
}

export async function seedTeam(deps: {
  url: string;
  adminToken: string;
  simulator: Simulator;
}): Promise<SeededPage[]> {
  const ask = asker(deps.url, deps.adminToken);
  const ids: string[] = [];
  const pages: SeededPage[] = [];
  for (const person of TEAM) {
    const { name, slug, email, timeZone } = person;
    const { createHost } = await ask<{ createHost: { id: string } }>(
      'mutation ($input: CreateHostInput!) { createHost(input: $input) { id } }',
      { input: { name, slug, email, timeZone } },
    );
    await connect(ask, deps.simulator, createHost.id, person);
    ids.push(createHost.id);
    if (ids.length > PAIR) continue;
    await ask(CREATE_EVENT_TYPE, {
      input: { ...CALL, owner: slug, slug: 'intro', title: 'Introductory call', hosts: [createHost.id] },
    });
    pages.push({ title: `Book ${name}`, path: `/book/${slug}/intro` });
  }
  const pair = ids.slice(0, PAIR);
  await ask(CREATE_TEAM, { input: { name: 'Compilers', slug: 'compilers', members: pair } });
  await ask(CREATE_TEAM, { input: { name: 'Pioneers', slug: 'pioneers', members: ids } });
  const forTeam = { ...CALL, owner: 'compilers', hosts: pair };
  await ask(CREATE_EVENT_TYPE, {
    input: { ...forTeam, slug: 'anyone', title: 'A call with either of us', scheduling: 'ROUND_ROBIN' },
  });
  pages.push({ title: 'Book either of them', path: '/book/compilers/anyone' });
  await ask(CREATE_EVENT_TYPE, {
    input: {
      ...forTeam,
      ...ASKING,
      slug: 'everyone',
      title: 'A call with both of us',
      scheduling: 'COLLECTIVE',
    },
  });
  pages.push({ title: 'Book both together', path: '/book/compilers/everyone' });
  const forFive = { ...CALL, owner: 'pioneers', hosts: ids };
  await ask(CREATE_EVENT_TYPE, {
    input: { ...forFive, slug: 'anyone', title: 'A call with one of the five', scheduling: 'ROUND_ROBIN' },
  });
  pages.push({ title: 'Book one of five', path: '/book/pioneers/anyone' });
  return pages;
}

const CALL = { length: 'PT30M', minimumNotice: 'PT1H' };
/** What the page of both asks, of which nothing must be answered. */
const ASKING = {
  description:
    'Half an hour about programs that write programs. If you have code to look at, please put it where we can read it.\nNew to it? Start with [what a compiler is](https://en.wikipedia.org/wiki/Compiler).',
  questions: [
    {
      id: 'language',
      label: 'Which language do you use?',
      kind: 'CHOICE',
      options: ['COBOL', 'Rust', 'TypeScript'],
    },
    { id: 'code', label: 'Where is your code?', kind: 'URL' },
  ],
  maxGuests: 3,
  // Ada's calendar is Google's, which makes the conference; Grace's event has its link.
  places: [{ kind: 'GOOGLE_MEET' }],
};
const CREATE_TEAM = 'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { id } }';
const CREATE_EVENT_TYPE = 'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }';

/** Connects a host: opens the link, consents on the provider's page, returns. Then the calendars are read and watched. */
async function connect(ask: Ask, simulator: Simulator, host: string, person: Person) {
  const { startConnect } = await ask<{ startConnect: string }>(
    'mutation ($host: ID!, $provider: OAuthProvider!) { startConnect(host: $host, provider: $provider) }',
    { host, provider: person.provider },
  );
  const end = await simulator.connect(startConnect, person.email);
  const error = new URL(end).searchParams.get('error');
  if (error) throw new Error(`${person.name} could not be connected: ${error}`);
  const { host: found } = await ask<{ host: { calendars: { id: string; writable: boolean }[] } }>(
    'query ($host: ID!) { host(id: $host) { calendars { id writable } } }',
    { host },
  );
  // Every writable calendar counts as busy time; calendars of public holidays are read-only.
  for (const { id, writable } of found.calendars) if (writable) await ask(COUNTS, { calendar: id });
}

const COUNTS = `mutation ($calendar: ID!) {
  selectCalendar(calendar: $calendar, selected: true) { id }
  syncCalendar(calendar: $calendar) { id }
  watchCalendar(calendar: $calendar) { __typename }
}`;

type Ask = <T>(query: string, variables: object) => Promise<T>;

function asker(url: string, adminToken: string): Ask {
  return async <T>(query: string, variables: object) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${adminToken}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: T; errors?: { message: string }[] };
    if (errors) throw new Error(errors.map((error) => error.message).join('; '));
    return data;
  };
}
