/** Visitors who ask one after the other, each as soon as it is answered: the callers of the `booking` benchmark, in a process of their own. */
import { Agent, request } from 'node:http';
import { now, serveParent } from '../child.ts';

export interface Visit {
  url: string;
  query: string;
  /** The `input` of each request, in turns over the visitors. */
  inputs: object[];
  visitors: number;
}

export interface VisitResult {
  /** The tokens that came, in the order of the inputs. */
  tokens: string[];
  seconds: number;
  faults: string[];
}

const agent = new Agent({ keepAlive: true, maxSockets: 1_000 });

async function visit({ url, query, inputs, visitors }: Visit): Promise<VisitResult> {
  const begun = now();
  const tokens: string[] = inputs.map(() => '');
  const faults: string[] = [];
  const askAll = async (visitor: number) => {
    for (let i = visitor; i < inputs.length; i += visitors) {
      const answer = await ask(url, JSON.stringify({ query, variables: { input: inputs[i] } }), visitor);
      const token = /"token":"([^"]+)"/.exec(answer)?.[1];
      if (token === undefined) faults.push(answer.slice(0, 500));
      else tokens[i] = token;
    }
  };
  await Promise.all(Array.from({ length: visitors }, (_, visitor) => askAll(visitor)));
  return { tokens, seconds: (now() - begun) / 1_000, faults };
}

/** @param visitor has an address of its own, for the gateway's limits */
function ask(url: string, body: string, visitor: number): Promise<string> {
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-forwarded-for': `192.0.2.${visitor}`,
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const answers = { visit };

export type VisitorsProcess = typeof answers;

serveParent(answers);
