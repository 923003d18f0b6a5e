/** The steps of booking without a script: which page answers at an address, and what becomes of the forms. */
import type { Caller } from '../../../../booking/deps.ts';
import { metadataOf } from '../../../../form/prefill.ts';
import { ANONYMOUS } from '../../../../graphql/context.ts';
import { callerOf, type LimitStrict } from '../../../../graphql/limits.ts';
import { randomSecret } from '../../../../secrets.ts';
import type { Store } from '../../../../store/client.ts';
import type { BookablePage } from '../../../../store/rules/public-pages.ts';
import { parseInstant } from '../../../../time/instant-text.ts';
import type { PageLanguage } from '../language.ts';
import { bookByForm, outcomeWords, type PlainBookings, refusalWords } from './booking.ts';
import { plainForm } from './form.ts';
import { detailsGiven, filledInAddress, filledInBody, plainErrors, plainNotes } from './given.ts';
import { plainBooking } from './manage.ts';
import { plainTimes } from './times.ts';
import { type AnsweredQuestion, createPlainWindow, type PlainWindowDeps, plainChoice } from './window.ts';

export interface PlainStepsDeps extends PlainWindowDeps {
  store: Store;
  bookings: PlainBookings;
  limitStrict: LimitStrict;
}

/** For a page that has a script. */
export interface FirstAnswer {
  /** Markup of <main>, should the script not come. */
  readonly standIn: string;
  /** What it asks first, as it would be answered. */
  readonly data: { readonly page: unknown; readonly times: AnsweredQuestion };
}

/** Markup of <main>, or where to go. */
export type PlainAnswer = { readonly main: string } | { readonly location: string };

export interface PlainVisit {
  readonly url: URL;
  /** The visitor's. */
  readonly address: string;
  readonly language: PageLanguage;
}

/** What `randomSecret` makes. */
const TOKEN = /^[\w-]{43}$/;

/** The addresses of these steps, but for the first, which is the page's own. */
export const isPlainStep = ({ searchParams }: URL): boolean =>
  searchParams.has('plain') || searchParams.has('start');

/** A visitor is one of the public, whatever the request carries. */
const publicCaller = (address: string, limitStrict: LimitStrict): Caller =>
  callerOf({ ...ANONYMOUS, address }, limitStrict);

export function createPlainSteps(deps: PlainStepsDeps) {
  const { store, bookings, limitStrict, clock, ask } = deps;
  const windows = createPlainWindow(deps);

  /** @returns null when the times can't be found out just now */
  async function first(eventType: BookablePage, visit: PlainVisit): Promise<FirstAnswer | null> {
    const { url, address, language } = visit;
    const { owner, slug } = eventType;
    const [asked, page] = await Promise.all([
      windows.month(eventType, url.searchParams, address),
      ask('EventTypePage', { owner, slug }, address),
    ]);
    if (!asked) return null;
    const { window, answer } = asked;
    return {
      standIn: plainTimes({ eventType, window, language, search: url.search, isStandIn: true }),
      data: { page, times: answer },
    };
  }

  async function times(
    eventType: BookablePage,
    { url, address, language }: PlainVisit,
    problem = '',
    params = url.searchParams,
  ): Promise<string> {
    const found = await windows.week(eventType, params, address).catch(() => null);
    const window = found ?? { ...plainChoice(eventType, params), days: [], earlier: null, next: null };
    const why = found ? problem : language.words.say('picker.failed');
    return plainTimes({ eventType, window, language, search: url.search, problem: why });
  }

  async function show(eventType: BookablePage, visit: PlainVisit): Promise<string> {
    const { url, language } = visit;
    const start = parseInstant(url.searchParams.get('start') ?? '');
    if (start === null || !eventType.rules.active) return times(eventType, visit);
    const filledIn = filledInAddress(url.search, eventType.form);
    const choice = plainChoice(eventType, url.searchParams);
    return plainForm(eventType, { start, choice, filledIn, token: randomSecret() }, language, url.search);
  }

  async function book(
    eventType: BookablePage,
    body: URLSearchParams,
    visit: PlainVisit,
  ): Promise<PlainAnswer> {
    const { url, address, language } = visit;
    const { words, locale } = language;
    const { form } = eventType;
    const start = parseInstant(body.get('start') ?? '');
    if (start === null || !eventType.rules.active) return { main: await times(eventType, visit) };
    const choice = plainChoice(eventType, body);
    const filledIn = filledInBody(body, form);
    const sent = body.get('token') ?? '';
    const token = TOKEN.test(sent) ? sent : randomSecret();
    const again = (state: Partial<Parameters<typeof plainForm>[1]>) => ({
      main: plainForm(eventType, { start, choice, filledIn, token, ...state }, language, url.search),
    });
    const errors = plainErrors(filledIn, form, words);
    if (Object.keys(errors).length > 0) return again({ errors });
    const attendee = {
      ...{ name: filledIn.name.trim(), email: filledIn.email.trim(), notes: plainNotes(filledIn) },
      ...{ timeZone: choice.zone, locale: locale ?? words.language, code: filledIn.code || null },
      ...{ given: detailsGiven(filledIn, form), metadata: metadataOf(url.search) },
    };
    const request = { eventType: eventType.id, start, length: choice.length, token, attendee };
    try {
      const outcome = await bookByForm(bookings, request, publicCaller(address, limitStrict));
      if (outcome.is === 'Booking') {
        const { token: secret } = outcome.booking;
        return { location: `/book/b/${secret ?? ''}` };
      }
      const problem = outcomeWords(outcome, attendee.email, words);
      if (outcome.is === 'SlotTaken' || outcome.is === 'SlotNotOffered')
        return { main: await times(eventType, visit, problem, withDay(body, start)) };
      if (outcome.is === 'HoldExpired') return again({ problem, token: randomSecret() });
      return again({ problem, wantsCode: outcome.is === 'VerificationRequired' });
    } catch (error) {
      const problem = refusalWords(error, words);
      if (problem === null) throw error;
      return again({ problem });
    }
  }

  /** @returns null where the token is no booking's */
  async function booking(token: string, { url, language }: PlainVisit, problem = ''): Promise<string | null> {
    const found = await bookings.byToken(token);
    if (!found) return null;
    const named = await store.host.findMany({
      where: { id: { in: found.hosts } },
      select: { id: true, name: true },
    });
    const names = new Map(named.map(({ id, name }) => [id, name]));
    const hosts = found.hosts.flatMap((id) => names.get(id) ?? []);
    const page = { booking: found, hosts, now: clock.now(), language, path: url.pathname };
    return plainBooking({ ...page, problem });
  }

  /** @returns null where the token is no booking's */
  async function cancel(
    token: string,
    body: URLSearchParams,
    visit: PlainVisit,
  ): Promise<PlainAnswer | null> {
    const reason = (body.get('reason') ?? '').trim().slice(0, REASON_MAX).toWellFormed() || null;
    const outcome = await bookings.cancel(token, reason);
    if (outcome.is === 'Booking') return { location: visit.url.pathname };
    const main = await booking(token, visit, visit.language.words.say('problem.tooLate'));
    return main === null ? null : { main };
  }

  return { first, show, book, booking, cancel };
}

const REASON_MAX = 5_000;

/** The list of times begins with the day of the time that is gone. */
function withDay(body: URLSearchParams, start: number): URLSearchParams {
  const params = new URLSearchParams();
  for (const name of ['zone', 'length']) params.set(name, body.get(name) ?? '');
  params.set('date', new Date(start).toISOString().slice(0, 10));
  return params;
}

export type PlainSteps = ReturnType<typeof createPlainSteps>;
