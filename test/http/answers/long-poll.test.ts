import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { AnswerSources } from '../../../src/graphql/answer-basis.ts';
import { createLongPolls } from '../../../src/http/answers/long-poll.ts';
import { createStreamRegistry } from '../../../src/http/streams/registry.ts';
import { createMetrics } from '../../../src/metrics.ts';

const NOTHING: AnswerSources = { keys: new Set(), computedAt: null, changesAt: null, parts: [] };

function setUp(longest: number) {
  const streams = createStreamRegistry({ metrics: createMetrics(), interval: 60_000 });
  const live = { availability: () => Promise.reject(new Error('not asked')) };
  const polls = createLongPolls({ live, streams, longest });
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  let released = 0;
  const open = () => polls.open(request, response, () => void released++);
  return { open, request, streams, released: () => released };
}

describe('a wait for another answer', () => {
  it('is over after its time, and gives its place back once', async () => {
    const { open, released } = setUp(1);
    const wait = open();
    expect(await wait?.changed(NOTHING)).toBe(false);
    expect(await wait?.changed(NOTHING)).toBe(false);
    wait?.end();
    wait?.end();
    expect(released()).toBe(1);
  });

  it('is over when the caller is gone', async () => {
    const { open, request } = setUp(60_000);
    const wait = open();
    const changed = wait?.changed(NOTHING);
    request.socket.destroy();
    expect(await changed).toBe(false);
    wait?.end();
  });

  it('is over when the gateway stops, and none begins after that', async () => {
    const { open, streams } = setUp(60_000);
    const wait = open();
    const changed = wait?.changed(NOTHING);
    await streams.close();
    expect(await changed).toBe(false);
    wait?.end();
    expect(open()).toBeNull();
  });
});
