/** Both SDKs, pointed at a simulator, and how they tell of a refusal. */
import graph, { type Context } from '@microsoft/microsoft-graph-client';
import { auth, calendar, type calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import type { Simulator } from '../../src/simulator/simulator.ts';

/** Options of each request: as an option of the whole client the root would lose its path. */
export const atRoot = (simulator: Simulator) => ({ rootUrl: simulator.google.apiUrl, retry: false }) as const;

export function googleClient(token: string): calendar_v3.Calendar {
  const client = new auth.OAuth2();
  client.setCredentials({ access_token: token });
  return calendar({ version: 'v3', auth: client });
}

/** The client's own handlers send no token over plain http, so this chain of one does. */
export function graphClient(simulator: Simulator, token: string): graph.Client {
  return graph.Client.initWithMiddleware({
    baseUrl: `${simulator.microsoft.graphUrl}/`,
    middleware: {
      async execute(context: Context) {
        const headers = new Headers(context.options?.headers as Record<string, string>);
        headers.set('authorization', `Bearer ${token}`);
        context.response = await fetch(String(context.request), {
          ...context.options,
          headers,
        } as RequestInit);
      },
    },
  });
}

async function thrownBy<T>(work: Promise<unknown>): Promise<T> {
  return await work.then(
    () => {
      throw new Error('It was not refused.');
    },
    (thrown: T) => thrown,
  );
}

interface GoogleFailure {
  response?: { status: number; data: { error: { errors: { reason: string }[] } } };
}

/** Status and reason. */
export async function googleRefusal(
  work: Promise<unknown>,
): Promise<[number | undefined, string | undefined]> {
  const { response } = await thrownBy<GoogleFailure>(work);
  return [response?.status, response?.data.error.errors[0]?.reason];
}

/** Status and code. */
export async function graphRefusal(work: Promise<unknown>): Promise<[number, string | null]> {
  const { statusCode, code } = await thrownBy<graph.GraphError>(work);
  return [statusCode, code];
}
