import { afterEach, expect, it, vi } from 'vitest';
import { onReturn } from '../../../src/web/live/returning.ts';

afterEach(() => vi.unstubAllGlobals());

it('never calls back outside of a page', () => {
  expect(() => onReturn(() => {})()).not.toThrow();
});

it('calls back when the network returns and when the page becomes visible, until stopped', () => {
  const network = new EventTarget();
  const page = Object.assign(new EventTarget(), { hidden: true });
  vi.stubGlobal('addEventListener', network.addEventListener.bind(network));
  vi.stubGlobal('removeEventListener', network.removeEventListener.bind(network));
  vi.stubGlobal('document', page);
  let calls = 0;
  const stop = onReturn(() => {
    calls += 1;
  });
  const happen = () => {
    network.dispatchEvent(new Event('online'));
    page.dispatchEvent(new Event('visibilitychange'));
  };
  happen();
  expect(calls).toBe(1);
  page.hidden = false;
  happen();
  expect(calls).toBe(3);
  stop();
  happen();
  expect(calls).toBe(3);
});
