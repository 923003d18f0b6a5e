/** How long answers take, by route: from the moment a request is routed to the end of its answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics } from '../metrics.ts';
import { type Clock, SECOND } from '../time/clock.ts';
import { acceptsEventStream } from './streams/event-params.ts';

/** @param route its pattern, never an address: a label has few values */
export type TimeAnswer = (request: IncomingMessage, response: ServerResponse, route: string) => void;

/** A question that waits for another answer than the one it names takes as long as that. */
const WAITS = /[?&]after=/;

/** @param clock steady */
export function createRequestTimes({ httpSeconds }: Pick<Metrics, 'httpSeconds'>, clock: Clock): TimeAnswer {
  /** Finding a series by its labels takes longer than counting in it. */
  const series = new Map<string, { observe(value: number): void }>();
  const seriesOf = (route: string, status: string) => {
    const key = `${route} ${status}`;
    const known = series.get(key) ?? httpSeconds.labels({ route, status });
    series.set(key, known);
    return known;
  };
  return (request, response, route) => {
    if (acceptsEventStream(request) || WAITS.test(request.url ?? '')) return;
    const startedAt = clock.now();
    response.once('finish', () => {
      const status = `${Math.floor(response.statusCode / 100)}xx`;
      seriesOf(route, status).observe((clock.now() - startedAt) / SECOND);
    });
  };
}
