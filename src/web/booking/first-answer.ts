/** What the page asks first, as the server answered it in the page itself: it stands in place of the first answer, once. */
import type { EventTypePageQuery } from '../gql/documents.ts';
import type { AvailabilityWindow } from '../live/watch.ts';
import type { PageAddress } from './address.ts';
import type { BookableEventType } from './hooks.ts';
import type { TimesAnswer } from './times.ts';

interface FirstAnswer {
  readonly page: EventTypePageQuery | null;
  readonly times: {
    readonly input: AvailabilityWindow;
    readonly data: { readonly availability: TimesAnswer };
  } | null;
}

const NONE: FirstAnswer = { page: null, times: null };

/** A page that the browser had kept, as for its way back, may be hours old. */
function read(): FirstAnswer {
  const text = document.getElementById('first-answer')?.textContent;
  const [entry] = performance.getEntriesByType('navigation');
  const isKept = entry instanceof PerformanceNavigationTiming && entry.type === 'back_forward';
  return text && !isKept ? JSON.parse(text) : NONE;
}

let first: FirstAnswer | undefined;
const current = (): FirstAnswer => {
  first ??= read();
  return first;
};

/** @returns null once it was taken, and for another address */
export function takeFirstEventType(address: PageAddress | null): BookableEventType | null {
  const { page } = current();
  first = { ...current(), page: null };
  const found = page?.eventType ?? null;
  return found && found.owner === address?.owner && found.slug === address.slug ? found : null;
}

/** @returns null once it was taken, and for another window */
export function firstTimes(window: AvailabilityWindow, whole: boolean): TimesAnswer | null {
  const { times } = current();
  if (!times || whole || window.rescheduling) return null;
  const { input, data } = times;
  const isSame =
    input.eventType === window.eventType &&
    input.from === window.from &&
    input.to === window.to &&
    input.length === window.length;
  return isSame ? data.availability : null;
}

/** From then on each window is asked for. */
export function endFirstTimes(): void {
  first = { ...current(), times: null };
}
