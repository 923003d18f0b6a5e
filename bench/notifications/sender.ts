/** Sends notifications at a fixed rate, whether or not those before are answered: a process of its own. */
import { Agent, request } from 'node:http';
import { now, serveParent } from '../child.ts';

export interface Sending {
  messages: { url: string; headers: Record<string, string> }[];
  perSecond: number;
  seconds: number;
}

export interface Sent {
  /** Answered with 200. */
  acknowledged: number;
  /** By status; `0`: no answer. */
  others: Record<string, number>;
  /** From the instant at which a message was due to its answer. Milliseconds. */
  times: number[];
}

const agent = new Agent({ keepAlive: true, maxSockets: 200 });
const TICK = 5;
let number = 1_000;

function send(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(url, { method: 'POST', agent, headers, timeout: 10_000 }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', () => resolve(0));
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', () => resolve(0));
    sent.end();
  });
}

async function sendAll({ messages, perSecond, seconds }: Sending): Promise<Sent> {
  const total = perSecond * seconds;
  const begun = now();
  const result: Sent = { acknowledged: 0, others: {}, times: [] };
  const underWay: Promise<void>[] = [];
  while (underWay.length < total) {
    const due = Math.min(total, Math.floor(((now() - begun) / 1_000) * perSecond));
    while (underWay.length < due) {
      const dueAt = begun + (underWay.length / perSecond) * 1_000;
      const message = messages[underWay.length % messages.length];
      if (!message) throw new Error('nothing to send');
      const headers = {
        ...message.headers,
        'X-Goog-Message-Number': String(number++),
        'Content-Length': '0',
      };
      underWay.push(
        send(message.url, headers).then((status) => {
          result.times.push(now() - dueAt);
          if (status === 200) result.acknowledged++;
          else result.others[status] = (result.others[status] ?? 0) + 1;
        }),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, TICK));
  }
  await Promise.all(underWay);
  return result;
}

const answers = { send: sendAll };

export type SenderProcess = typeof answers;

serveParent(answers);
