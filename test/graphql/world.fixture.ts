/** What these tests make through the API before they look at it, and how they read an answer's errors. */
import pg from 'pg';
import { newId } from '../../src/ids.ts';
import { type Ask, asker, type GraphqlFailure } from '../e2e/client.fixture.ts';
import { ADMIN_TOKEN, type Stack } from '../e2e/stack.fixture.ts';

export interface Refusal {
  code: string;
  message: string;
  field?: string;
}

/** The first error of an answer that must have one. */
export async function refusal(answer: Promise<unknown>): Promise<Refusal> {
  try {
    throw new Error(`was answered: ${JSON.stringify(await answer)}`);
  } catch (error) {
    const { errors } = error as Partial<GraphqlFailure>;
    if (!errors?.[0]) throw error;
    const { message, extensions } = errors[0];
    return { message, ...extensions };
  }
}

const ALL_DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

/** Working hours of every day, in UTC. */
export const daily = (start: string, end: string) => ({
  timeZone: 'UTC',
  weekly: [{ days: ALL_DAYS, start, end }],
});

export interface MadeHost {
  id: string;
  slug: string;
}

/** A host that works from nine to five in UTC, all days, unless stated otherwise. */
export async function makeHost(ask: Ask, slug: string, more: object = {}): Promise<MadeHost> {
  const { createHost } = await ask<{ createHost: { id: string } }>(
    'mutation ($input: CreateHostInput!) { createHost(input: $input) { id } }',
    { input: { name: slug, slug, timeZone: 'UTC', workingHours: daily('09:00', '17:00'), ...more } },
  );
  return { id: createHost.id, slug };
}

/** Half an hour with the host, unless stated otherwise. @returns its id. */
export async function makeEventType(
  ask: Ask,
  host: MadeHost,
  slug: string,
  more: object = {},
): Promise<string> {
  const { createEventType } = await ask<{ createEventType: { id: string } }>(
    'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }',
    { input: eventTypeInput(host, slug, more) },
  );
  return createEventType.id;
}

export const eventTypeInput = (host: MadeHost, slug: string, more: object = {}) => ({
  owner: host.slug,
  slug,
  title: 'Talk',
  length: 'PT30M',
  hosts: [host.id],
  ...more,
});

export interface MadeKey {
  id: string;
  secret: string;
  ask: Ask;
}

export async function makeKey(stack: Stack, scopes: string[], ask = stack.admin): Promise<MadeKey> {
  const { createApiKey } = await ask<{ createApiKey: { id: string; secret: string } }>(
    'mutation ($scopes: [ApiScope!]!) { createApiKey(name: "a key", scopes: $scopes) { id secret } }',
    { scopes },
  );
  return { ...createApiKey, ask: asker(stack.url, createApiKey.secret) };
}

export interface Answer {
  etag: string;
  computedAt: string;
  complete: boolean;
  slots: {
    start: string;
    end: string;
    seatsLeft: number;
    hosts: { id: string; name: string; slug: string }[];
  }[];
  freshness: {
    provenAsOf: string | null;
    bound: string | null;
    sources: {
      host: string;
      calendar: string;
      provenAsOf: string | null;
      basis: string;
      coveredFrom: string | null;
      coveredTo: string | null;
    }[];
  };
  issues: { code: string; host: string | null; calendar: string | null; message: string }[];
}

const AVAILABILITY = `query ($input: AvailabilityInput!) {
  availability(input: $input) {
    etag computedAt complete
    slots { start end seatsLeft hosts { id name slug } }
    freshness { provenAsOf bound sources { host calendar provenAsOf basis coveredFrom coveredTo } }
    issues { code host calendar message }
  }
}`;

export const availability = async (ask: Ask, input: object): Promise<Answer> =>
  (await ask<{ availability: Answer }>(AVAILABILITY, { input })).availability;

export const startsOf = ({ slots }: Pick<Answer, 'slots'>) => slots.map(({ start }) => start);
export const codesOf = ({ issues }: Pick<Answer, 'issues'>) => issues.map(({ code }) => code);

/** Asks with headers of one's own. */
export function asking(url: string, headers: Record<string, string>): Ask {
  return async <T>(query: string, variables = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: T; errors?: GraphqlFailure['errors'] };
    if (errors) throw Object.assign(new Error(JSON.stringify(errors)), { errors });
    return data;
  };
}

/** Straight to the database, for what no mutation does. */
export async function sql(stack: Stack, text: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
  await client.connect();
  await client.query(text, values).finally(() => client.end());
}

/** A second organisation, and its operator. */
export async function secondOrganisation(stack: Stack): Promise<{ id: string; ask: Ask }> {
  const id = newId('Organisation');
  await sql(stack, 'insert into organisation (id, name) values ($1, $2)', [id, 'second']);
  return {
    id,
    ask: asking(stack.url, { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-slotwire-organisation': id }),
  };
}
