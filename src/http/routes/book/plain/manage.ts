/** A booking for browsers without a script: what it is, and the form that cancels it. */
import { answersOfBooking, placeOfBooking } from '../../../../booking/details.ts';
import type { BookingWithToken } from '../../../../booking/outcome.ts';
import { answerInWords } from '../../../../form/details.ts';
import { isCall } from '../../../../form/event-form.ts';
import { isSafeLink } from '../../../../form/rich-text.ts';
import type { Words } from '../../../../languages/words.ts';
import { htmlText } from '../../pages.ts';
import type { PageLanguage } from '../language.ts';
import { plainDates } from './dates.ts';
import { factsList, linkedText, linkTo, notice } from './markup.ts';

export interface PlainBookingPage {
  readonly booking: BookingWithToken;
  /** Names, in the booking's order. */
  readonly hosts: readonly string[];
  readonly now: number;
  readonly language: PageLanguage;
  /** Of the page, with its token. */
  readonly path: string;
  /** Why it was not cancelled; empty: that was not tried. */
  readonly problem?: string;
}

/** @returns markup of <main> */
export function plainBooking({ booking, hosts, now, language, path, ...page }: PlainBookingPage): string {
  const { problem = '' } = page;
  const { words } = language;
  const { say, list, duration } = words;
  const { status, attendeeName, attendeeEmail, attendeeTimeZone, notes, guests, reason } = booking;
  const [start, end] = [booking.startsAt.getTime(), booking.endsAt.getTime()];
  const isOff = status === 'CANCELLED' || status === 'DECLINED';
  const dates = plainDates(attendeeTimeZone, language);
  const hostsText = list(hosts, 'conjunction');
  const heading = isOff
    ? say(status === 'DECLINED' ? 'booking.declined' : 'booking.cancelled')
    : end <= now
      ? say('booking.over')
      : say(status === 'PENDING' ? 'booking.requested' : 'booking.yours');
  const sentence = isOff
    ? `${status === 'CANCELLED' ? cancelledWords(booking, hosts, words) : ''} ${say('booking.free')}`
    : status === 'PENDING'
      ? say('booking.requestedText', { hosts: hostsText })
      : '';
  const facts = factsList([
    [say('fact.what'), htmlText(`${booking.title}, ${duration(end - start)}`)],
    [
      say('fact.when'),
      `${htmlText(dates.span(start, end))} <span class="address">${htmlText(attendeeTimeZone)}</span>`,
    ],
    [say('fact.with'), htmlText(hostsText)],
    [say('fact.where'), placeMarkup(booking, words)],
    [
      say('fact.bookedBy'),
      `${htmlText(attendeeName)} <span class="address">${htmlText(attendeeEmail)}</span>`,
    ],
    [say('fact.reason'), isOff && reason ? htmlText(reason) : null],
    [say('form.guests'), htmlText(guests.join(', '))],
    ...answersOfBooking(booking).map((answer) => [answer.label, htmlText(answerInWords(answer))] as const),
    [say('form.notes'), htmlText(notes ?? '')],
  ]);
  const file =
    isOff || status === 'PENDING'
      ? ''
      : `<p><a class="button" href="${htmlText(path)}/booking.ics">${words.sayWith('booking.add', {}, { file: (text) => `<span class="address">${text}</span>` }).join('')}</a></p>`;
  return `<main class="page page-narrow plain-page stand-in" data-plain="booking" data-booking="${status}">
<section class="card summary"><h1>${htmlText(heading)}</h1><p class="facts">${htmlText(sentence.trim())}</p>
${facts}
${file}</section>
${notice(problem)}${isOff || start <= now ? '' : cancelForm(path, words)}</main>`;
}

const cancelForm = (
  path: string,
  { say }: Words,
) => `<form class="card manage" method="post" action="${htmlText(path)}">
<h2>${htmlText(say('booking.change'))}</h2>
<p>${htmlText(say('plain.move'))}</p>
<div class="field"><label for="reason">${htmlText(say('fact.reason'))} <span class="optional">${htmlText(say('form.optional'))}</span></label>
<textarea id="reason" name="reason" rows="2" maxlength="5000"></textarea></div>
<button class="button button-danger" data-confirm>${htmlText(say('booking.cancel'))}</button></form>`;

function cancelledWords(
  { cancelledBy }: Pick<BookingWithToken, 'cancelledBy'>,
  hosts: readonly string[],
  { say }: Words,
): string {
  switch (cancelledBy) {
    case 'attendee':
      return say('booking.cancelledByYou');
    case 'host':
      return hosts.length === 1
        ? say('booking.cancelledByHost', { host: hosts[0] ?? '' })
        : say('booking.cancelledByAHost');
    case 'operator':
      return say('booking.cancelledByOrganiser');
    case 'system':
      return say('booking.cancelledBySystem');
    case null:
      return say('booking.cancelledBySomebody');
  }
}

function placeMarkup(booking: BookingWithToken, { sayWith }: Words): string | null {
  const place = placeOfBooking(booking);
  if (place === null || booking.placeKind === null) return null;
  if (isCall(booking.placeKind)) {
    const key = booking.placeKind === 'PHONE_TO_HOST' ? 'fact.youCall' : 'fact.youAreCalled';
    return sayWith(key, { number: place }, {}).map(String).map(htmlText).join('');
  }
  return isSafeLink(place) ? linkTo(place, place, ' rel="noopener noreferrer"') : linkedText(place);
}
