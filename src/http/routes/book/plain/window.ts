/** The times that a page shows first, and without a script at all: in one zone and of one length. */
import { z } from 'zod';
import { withDeadline } from '../../../../async/deadline.ts';
import type { BookablePage } from '../../../../store/rules/public-pages.ts';
import {
  addDays,
  civilFromDay,
  dateFromDay,
  dayFromCivil,
  dayFromDate,
  daysInMonth,
  isLocalDate,
  type LocalDate,
} from '../../../../time/civil-date.ts';
import { type Clock, type Instant, MINUTE, SECOND } from '../../../../time/clock.ts';
import { formatDuration, parseDuration } from '../../../../time/duration.ts';
import { formatInstant } from '../../../../time/instant-text.ts';
import { localDate, startOfDate } from '../../../../time/local-time.ts';
import { isTimeZone } from '../../../../time/zone.ts';
import { ianaName } from '../../../../time/zone-names.ts';
import type { AskForPage } from '../../../answers/page-question.ts';

const DAYS = 7;
/** Later dates are no visitor's wish. Days. */
const AHEAD_MAX = 3_660;
const WITHIN = 2 * SECOND;

/** The part of the answer that is shown here. */
const ANSWER = z.object({
  availability: z.object({
    slots: z.array(z.object({ start: z.iso.datetime() })),
    nextAvailable: z.iso.datetime().nullable(),
  }),
});

/** What the page's address names, or what holds without. */
export interface PlainChoice {
  readonly zone: string;
  /** The address names a zone that there is not. */
  readonly isZoneUnknown: boolean;
  /** Of the booking, milliseconds. */
  readonly length: number;
}

export interface PlainWindow extends PlainChoice {
  /** Days with their starts; those that have none are left out. */
  readonly days: readonly { readonly date: LocalDate; readonly starts: readonly Instant[] }[];
  /** Where the window before this one begins; null: there is none. */
  readonly earlier: LocalDate | null;
  /** The first start after this window; null: none. */
  readonly next: Instant | null;
}

export function plainChoice(
  { rules, timeZone }: Pick<BookablePage, 'rules' | 'timeZone'>,
  params: URLSearchParams,
): PlainChoice {
  const named = params.get('zone')?.trim() ?? '';
  const zone = named === '' ? timeZone : isTimeZone(named) ? named : ianaName(named);
  const asked = params.get('length') ?? '';
  const length = /^\d{1,5}$/.test(asked) ? Number(asked) * MINUTE : parseDuration(asked.toUpperCase());
  return {
    zone: zone ?? timeZone,
    isZoneUnknown: zone === null,
    length: rules.lengths.find((each) => each === length) ?? rules.lengths[0] ?? rules.length,
  };
}

/** A question of a page's script, and its answer as it came. */
export interface AnsweredQuestion {
  readonly input: {
    readonly eventType: string;
    readonly from: string;
    readonly to: string;
    readonly length: string;
  };
  readonly data: unknown;
}

export interface PlainWindowDeps {
  ask: AskForPage;
  clock: Clock;
}

export function createPlainWindow({ ask, clock }: PlainWindowDeps) {
  /** @param end the date after the last. @returns null when the times can't be found out just now */
  async function answerOf(
    eventType: BookablePage,
    { zone, length }: PlainChoice,
    { first, end, address }: { first: LocalDate; end: LocalDate; address: string },
  ): Promise<AnsweredQuestion | null> {
    const input = {
      eventType: eventType.id,
      from: formatInstant(startOfDate(zone, first)),
      to: formatInstant(startOfDate(zone, end)),
      length: formatDuration(length),
    };
    const data = await withDeadline(WITHIN, undefined, () =>
      ask('PageTimesNow', { input, whole: false }, address),
    );
    return data === null ? null : { input, data };
  }

  /** Of a week's days with times, the rest comes later. */
  function windowOf(choice: PlainChoice, { data }: AnsweredQuestion, first: LocalDate): PlainWindow {
    const { zone } = choice;
    const now = clock.now();
    const today = localDate(zone, now);
    const { slots, nextAvailable } = ANSWER.parse(data).availability;
    const byDate = new Map<LocalDate, Instant[]>();
    for (const start of slots.map((slot) => Date.parse(slot.start))) {
      if (start < now) continue;
      const date = localDate(zone, start);
      byDate.set(date, [...(byDate.get(date) ?? []), start]);
    }
    const days = [...byDate].map(([date, starts]) => ({ date, starts }));
    const before = addDays(first, -DAYS);
    const after = nextAvailable === null ? null : Date.parse(nextAvailable);
    return {
      ...choice,
      days: days.slice(0, DAYS),
      earlier: first === today ? null : before < today ? today : before,
      next: days[DAYS]?.starts[0] ?? after,
    };
  }

  return {
    /** The week that the address names, from today on without. @returns null when it can't be found out just now */
    async week(
      eventType: BookablePage,
      params: URLSearchParams,
      address: string,
    ): Promise<PlainWindow | null> {
      const choice = plainChoice(eventType, params);
      const today = localDate(choice.zone, clock.now());
      const asked = params.get('date') ?? '';
      const isLater = isLocalDate(asked) && asked > today && asked < addDays(today, AHEAD_MAX);
      const first = isLater ? asked : today;
      const answer = await answerOf(eventType, choice, { first, end: addDays(first, DAYS), address });
      return answer && windowOf(choice, answer, first);
    },

    /** What a page's script asks first: the month from today on. @returns null when it can't be found out just now */
    async month(
      eventType: BookablePage,
      params: URLSearchParams,
      address: string,
    ): Promise<{ window: PlainWindow; answer: AnsweredQuestion } | null> {
      const choice = plainChoice(eventType, params);
      const first = localDate(choice.zone, clock.now());
      const { year, month } = civilFromDay(dayFromDate(first));
      const end = dateFromDay(dayFromCivil(year, month, 1) + daysInMonth(year, month));
      const answer = await answerOf(eventType, choice, { first, end, address });
      return answer && { window: windowOf(choice, answer, first), answer };
    },
  };
}
