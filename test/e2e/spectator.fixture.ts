/** One of a crowd: follows a window at some gateway, leaves without a word and comes back after what it holds. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Carry } from './carriers.fixture.ts';
import { createMirror, liveDocument, type Mirror } from './mirror.fixture.ts';

export interface Question {
  input: { eventType: string; from: string; to: string };
  slots: string;
  /** What its etags stand for, in these words. */
  known: Map<string, string>;
}

export interface Crowd {
  /** Gateways that run, each of which may be killed. */
  urls(): readonly string[];
  random(): number;
  /** Nobody leaves any more by themselves. */
  calm(): boolean;
}

export interface Spectator {
  question: Question;
  mirror: Mirror;
  comings: number;
  /** Why its connections ended, but for those it cut. */
  ends: string[];
  stop(): Promise<void>;
}

/** real time: spectators come and go by chance, and nothing is late for them. */
const linger = (ms: number) => pause(ms);

export function spectate(crowd: Crowd, question: Question, carry: Carry): Spectator {
  const { random, urls, calm } = crowd;
  const mirror = createMirror(question.known);
  let stop = () => {};
  let isOver = false;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });

  async function run() {
    await linger(500 * random());
    while (!isOver) {
      const url = urls()[Math.floor(random() * urls().length)] ?? '';
      const variables = { input: question.input, resumeAfter: mirror.etag() };
      spectator.comings++;
      mirror.resume();
      const carrier = carry(url, { query: liveDocument(question.slots), variables }, mirror.apply);
      let left = false;
      const ended = carrier.ended.then((why) => {
        if (!left && !isOver) spectator.ends.push(why);
      });
      await Promise.race([ended, stopped, linger(1_000 + 6_000 * random())]);
      if (calm()) await Promise.race([ended, stopped]);
      left = true;
      carrier.cut();
      if (!isOver) await Promise.race([stopped, linger(300 * random())]);
    }
  }

  const spectator: Spectator = {
    ...{ question, mirror, comings: 0, ends: [] },
    async stop() {
      isOver = true;
      stop();
      await running;
    },
  };
  const running = run();
  return spectator;
}
