/**
 * `npm run bench -- push-return [VIEWERS [OTHERS]]`: a gateway is killed, and its viewers come back to another one, as pages do, while
 * others watch changes there. One line: ms from the death until each viewer has the answer that came after it, the share that was led on
 * from what it held, and ms from a change to the last of the others, beside the same while nobody comes. Exit 1 when a viewer missed anything.
 */
import { AvailabilityLiveDocument } from '../../src/web/gql/documents.ts';
import { now, startChild } from '../child.ts';
import { tooFewFiles } from '../open-files.ts';
import { printFigures, writeResults } from '../results.ts';
import type { Crowd } from './crowd.ts';
import { asker, availabilityOf } from './hosts.ts';
import { faultsOf, measureChange, quantile, ratio, round, timesOf } from './measure-change.ts';
import type { Returners } from './returners.ts';
import { check, gather, warmUp } from './run.ts';
import { withGateways } from './servers.ts';

const GOALS = { allMs: 10_000, resumedShare: 0.99, othersP99Ms: 250 };
/** Changes of the event type of the others before the death. */
const CALM_CHANGES = 20;
const PER_SECOND = 1_000;

export async function benchPushReturn([viewers = '10000', others = '1000']: string[]): Promise<void> {
  const missing = tooFewFiles(Number(viewers) + Number(others));
  if (missing) return printFigures(null, [missing]);
  const line = await withGateways(2, 2, async ([dying, staying]) => {
    if (!dying || !staying) throw new Error('two gateways were to be started');
    const [otherWindow, window] = staying.windows;
    if (!otherWindow || !window) throw new Error('two event types were to be made');
    await warmUp(staying);
    const crowd = await startChild<Crowd>('push/crowd.ts');
    const returners = await startChild<Returners>('push/returners.ts');
    try {
      await gather(crowd, staying, { eventTypes: 1, sockets: Number(others) });
      const query = AvailabilityLiveDocument.toString();
      const urls: [string, string] = [dying.url, staying.url];
      await returners.ask('come', { urls, query, window, viewers: Number(viewers), perSecond: PER_SECOND });
      let made = 0;
      const measure = () => measureChange(crowd, staying, 0, made++);
      const calm = [];
      for (let i = 0; i < CALM_CHANGES; i++) calm.push(await measure());

      const since = now();
      await dying.kill();
      await staying.change(1);
      const { etag } = await availabilityOf(asker(staying.url), window);
      let back = false;
      const returning = returners.ask('returned', { etag, since }).finally(() => {
        back = true;
      });
      const busy = [];
      while (!back) busy.push(await measure());
      const { times, ...returned } = await returning;
      const othersMs = timesOf(busy).p99Ms;
      const figures = {
        ...{ ...returned, others: Number(others), changes: busy.length },
        allMs: round(Math.max(...times)),
        p50Ms: round(quantile(times, 0.5)),
        resumedShare: ratio(returned.resumed, returned.viewers),
        othersP99Ms: othersMs,
        calm: { othersP99Ms: timesOf(calm).p99Ms },
        ratio: ratio(othersMs, timesOf(calm).p99Ms),
        goal: GOALS,
      };
      const missed = returned.viewers - times.length;
      printFigures({ name: 'push return', ...figures }, [
        ...(missed > 0 ? [`${missed} viewers did not come to hold ${etag}`] : []),
        ...faultsOf([...calm, ...busy]),
        ...(await returners.ask('faults')),
        ...(await check(crowd, staying, 1)),
      ]);
      return figures;
    } finally {
      await Promise.all([crowd.end(), returners.end()]);
    }
  });
  writeResults('push-return', [line]);
}
