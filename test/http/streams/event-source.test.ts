import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LiveEvent } from '../../e2e/client.fixture.ts';
import { type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { type MadeHost, makeEventType, makeHost } from '../../graphql/world.fixture.ts';
import { launchBrowser } from '../../harness/chromium.ts';
import { until } from '../../harness/eventually.ts';
import { FOLLOW, setHours, UNLIMITED, untilSubscriptions, WINDOW } from '../protocol/world.fixture.ts';
import { createHeld, eventsAddress } from './event-reader.fixture.ts';

let stack: Stack;
let host: MadeHost;
let eventType: string;
let line: Line;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  stack = await startStack({ env: UNLIMITED, sync: false });
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk');
  line = await startLine(stack.url);
  browser = await launchBrowser();
  page = await browser.newPage();
});
afterAll(async () => {
  await browser?.close();
  await line?.close();
  await stack?.close();
});

it("a browser's own EventSource follows, comes back by itself when it is cut off, and goes on where it was", async () => {
  const asked = { query: FOLLOW, variables: { input: { eventType, ...WINDOW } } };
  await page.goto(`${line.url}/healthz`);
  const address = eventsAddress('', asked);
  await page.evaluate((url) => {
    const heard: string[] = [];
    const source = new EventSource(url);
    source.addEventListener('next', ({ data, lastEventId }) => {
      const { etag } = JSON.parse(data).data.availability;
      heard.push(etag === lastEventId ? data : `${lastEventId} is not ${etag}`);
    });
    source.addEventListener('complete', () => {
      source.close();
      heard.push('complete');
    });
    Object.assign(window, { heard, source });
  }, address);
  const next = async (): Promise<LiveEvent> => {
    const taken = await page.waitForFunction(() => (Reflect.get(window, 'heard') as string[]).shift());
    return JSON.parse(String(await taken.jsonValue())).data.availability;
  };
  const held = createHeld();
  const hear = async () => {
    const event = await next();
    held.apply(event);
    return event.__typename;
  };

  expect(await hear()).toBe('AvailabilitySnapshot');
  await setHours(stack, host, '10:00', '17:00');
  expect(await hear()).toBe('AvailabilityDelta');

  // Changed while nobody is there: one delta.
  line.cut();
  await untilSubscriptions(stack.url, 0);
  await setHours(stack, host, '11:00', '16:00');
  line.mend();
  expect(await hear()).toBe('AvailabilityDelta');
  expect(held.starts()).toHaveLength(10);

  // Unchanged: silence, then what changes.
  line.cut();
  await untilSubscriptions(stack.url, 0);
  line.mend();
  await untilSubscriptions(stack.url, 1);
  await setHours(stack, host, '09:00', '17:00');
  expect(await hear()).toBe('AvailabilityDelta');
  expect(held.starts()).toHaveLength(16);

  await stack.admin('mutation ($id: ID!) { deleteEventType(id: $id) }', { id: eventType });
  expect(await hear()).toBe('AvailabilityDelta');
  expect(held.starts()).toEqual([]);
  await page.waitForFunction(() => (Reflect.get(window, 'heard') as string[]).shift() === 'complete');
  await until(async () => (await page.evaluate(() => Reflect.get(window, 'source').readyState)) === 2);
  await untilSubscriptions(stack.url, 0);
});

interface Line {
  url: string;
  /** Breaks every connection, and lets none through until it is mended. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** A way to the gateway that can break. */
async function startLine(target: string): Promise<Line> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server: Server = createServer((near) => {
    if (isCut) return near.destroy();
    const far = connect({ host: new URL(target).hostname, port: Number(new URL(target).port) });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    mend() {
      isCut = false;
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
