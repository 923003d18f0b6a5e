/** The form without a script: one time, and who books it. It holds nothing until it is sent. */
import type { BookablePage } from '../../../../store/rules/public-pages.ts';
import { formatDuration } from '../../../../time/duration.ts';
import { formatInstant } from '../../../../time/instant-text.ts';
import { htmlText } from '../../pages.ts';
import { pathOf } from '../head.ts';
import type { PageLanguage } from '../language.ts';
import { plainDates } from './dates.ts';
import { codeField, plainFields } from './fields.ts';
import type { FilledIn, PlainErrors } from './given.ts';
import { eventTypeHeader, factsList, hiddenInputs, linkTo, notice, stepAddress } from './markup.ts';
import type { PlainChoice } from './window.ts';

export interface PlainForm {
  readonly start: number;
  readonly choice: PlainChoice;
  /** By which the same form is known when it is sent twice: the token of its hold. */
  readonly token: string;
  readonly filledIn: FilledIn;
  readonly errors?: PlainErrors;
  /** Why it was not booked; empty: it was not tried. */
  readonly problem?: string;
  /** A code is wanted. */
  readonly wantsCode?: boolean;
}

/** @param search of the page's address. @returns markup of <main> */
export function plainForm(
  eventType: BookablePage,
  { start, choice, token, filledIn, ...state }: PlainForm,
  language: PageLanguage,
  search: string,
): string {
  const { words } = language;
  const { errors = {}, problem = '', wantsCode = false } = state;
  const path = pathOf(eventType);
  const dates = plainDates(choice.zone, language);
  const step = { plain: '1', zone: choice.zone, length: formatDuration(choice.length) };
  const others = stepAddress(path, search, { ...step, date: dateOf(start) });
  const hidden = hiddenInputs([
    ['start', formatInstant(start)],
    ['zone', choice.zone],
    ['length', step.length],
    ['token', token],
  ]);
  const when = `${htmlText(dates.span(start, start + choice.length))} <span class="address">${htmlText(choice.zone)}</span>`;
  return `<main class="page page-narrow plain-page" data-plain="form">
${eventTypeHeader(eventType, words)}
${factsList([[words.say('fact.when'), when]])}
<p>${linkTo(others, words.say('action.another'))}</p>
<form class="card form" method="post" novalidate action="${htmlText(stepAddress(path, search, { plain: '1' }))}">${hidden}
<h2>${htmlText(words.say('form.title'))}</h2>
${notice(problem)}${plainFields(eventType, filledIn, errors, words)}
${wantsCode ? codeField(errors.code, words) : ''}<button class="button button-first" data-confirm>${htmlText(words.say('form.book'))}</button></form></main>`;
}

/** The list begins with the day of the time, or the one before it in some zones. */
const dateOf = (start: number) => formatInstant(start).slice(0, 10);
