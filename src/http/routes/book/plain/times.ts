/** The list of times for browsers without a script: days as headings, times as buttons that lead to the form. */
import type { Words } from '../../../../languages/words.ts';
import type { BookablePage } from '../../../../store/rules/public-pages.ts';
import { formatDuration } from '../../../../time/duration.ts';
import { formatInstant } from '../../../../time/instant-text.ts';
import { localDate } from '../../../../time/local-time.ts';
import { htmlText } from '../../pages.ts';
import { pathOf } from '../head.ts';
import type { PageLanguage } from '../language.ts';
import { namesList } from '../words.ts';
import { type PlainDates, plainDates } from './dates.ts';
import { eventTypeHeader, hiddenInputs, linkTo, notice, stepAddress } from './markup.ts';
import type { PlainWindow } from './window.ts';

export interface PlainTimesPage {
  readonly eventType: BookablePage;
  readonly window: PlainWindow;
  readonly language: PageLanguage;
  /** Of the page's address. */
  readonly search: string;
  /** Why the visitor is back here; empty: no reason. */
  readonly problem?: string;
  /** It stands in for the page's script, should that not come. */
  readonly isStandIn?: boolean;
}

/** @returns markup of <main> */
export function plainTimes({ eventType, window, language, search, ...page }: PlainTimesPage): string {
  const { words } = language;
  const { problem = '', isStandIn = false } = page;
  const path = pathOf(eventType);
  if (!eventType.rules.active) {
    const hosts = namesList(eventType.hosts, words);
    return `<main class="page missing${standIn(isStandIn)}" data-plain="paused"><h1>${htmlText(eventType.title)}</h1>
<p>${htmlText(words.say('paused.text', { hosts }))}</p></main>`;
  }
  const { zone, length, days, earlier, next } = window;
  const dates = plainDates(zone, language);
  const here = { plain: '1', zone, length: formatDuration(length) };
  const stepTo = (step: Record<string, string>) => stepAddress(path, search, { ...here, ...step });
  const listed = days.map(
    ({ date, starts }) => `<li data-date="${date}"><h2>${htmlText(dates.day(starts[0] ?? 0))}</h2>
<ul class="times">${timeButtons(starts, dates)}</ul></li>`,
  );
  const kept = hiddenInputs(new URL(stepTo({}), 'http://page').searchParams);
  const list = `<form action="${htmlText(path)}" method="get">${kept}<ol class="plain-days">${listed.join('\n')}</ol></form>`;
  const none = `<p class="none">${htmlText(words.say('day.none'))}</p>`;
  return `<main class="page page-narrow plain-page${standIn(isStandIn)}" data-plain="times">
${eventTypeHeader(eventType, words)}
${isStandIn ? lateNotice(words) : ''}${notice(problem || (window.isZoneUnknown ? words.say('zone.none') : ''))}${lengthLinks(eventType, length, stepTo, words)}
${zoneForm(path, search, window, words)}
${listed.length > 0 ? list : none}
<nav class="actions">${[
    earlier === null ? '' : linkTo(stepTo({ date: earlier }), words.say('plain.earlier'), ' class="button"'),
    next === null
      ? ''
      : linkTo(
          stepTo({ date: localDate(zone, next) }),
          listed.length > 0 ? words.say('plain.later') : words.say('picker.next', { day: dates.day(next) }),
          ' class="button"',
        ),
  ].join('')}</nav></main>`;
}

const standIn = (isStandIn: boolean) => (isStandIn ? ' stand-in' : '');

/** Only where a browser that runs scripts has waited for this page's. */
const lateNotice = ({ say, sayWith }: Words) =>
  `<section class="notice late"><h2>${htmlText(say('late.title'))}</h2><p>${sayWith('late.text', {}, { again: (text) => `<a href="">${text}</a>` }).join('')}</p></section>\n`;

/** A clock that is turned back shows a time twice: then both name the zone. A page may have hundreds of them, so each is short. */
function timeButtons(starts: readonly number[], { time, timeWithZone }: PlainDates): string {
  const labels = starts.map(time);
  const isTwice = new Set(labels.filter((label, i) => labels.indexOf(label) < i));
  return starts
    .map((start, i) => {
      const label = labels[i] ?? '';
      const text = isTwice.has(label) ? timeWithZone(start) : label;
      const value = formatInstant(start).replace(/:00\.000Z$/, 'Z');
      return `<li><button class="time" name="start" value="${value}">${htmlText(text)}</button></li>`;
    })
    .join('');
}

function lengthLinks(
  { rules }: BookablePage,
  chosen: number,
  stepTo: (step: Record<string, string>) => string,
  words: Words,
): string {
  if (rules.lengths.length < 2) return '';
  const links = rules.lengths.map((length) =>
    linkTo(
      stepTo({ length: formatDuration(length) }),
      words.duration(length),
      length === chosen ? ' class="button" aria-current="true"' : ' class="button"',
    ),
  );
  return `<nav class="actions" aria-label="${htmlText(words.say('choices.length'))}">${links.join('')}</nav>`;
}

function zoneForm(path: string, search: string, { zone, length }: PlainWindow, { say }: Words): string {
  const address = stepAddress(path, search, { plain: '1', length: formatDuration(length) });
  const kept = hiddenInputs(new URL(address, 'http://page').searchParams);
  return `<form class="plain-zone" action="${htmlText(path)}" method="get">${kept}
<div class="zone"><label for="zone">${htmlText(say('zone.label'))}</label><input id="zone" name="zone" value="${htmlText(zone)}" autocomplete="off" spellcheck="false"></div>
<button class="button">${htmlText(say('plain.show'))}</button></form>`;
}
