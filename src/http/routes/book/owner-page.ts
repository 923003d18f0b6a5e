/** /book/{owner}: what a host or team lists, as plain HTML. */
import type { Words } from '../../../languages/words.ts';
import type { OwnerListing, PublicEventType } from '../../../store/rules/public-pages.ts';
import { htmlText } from '../pages.ts';
import { pathOf } from './head.ts';
import { factsLine, plainWords } from './words.ts';

/** @param search of the page's own address: zone, look and prefilled fields go on to the page that is chosen. @returns markup of <main> */
export function ownerMain({ name, eventTypes }: OwnerListing, search: string, words: Words): string {
  if (eventTypes.length === 0) {
    return `<main class="page missing" data-state="empty"><h1>${htmlText(name)}</h1>
<p>${htmlText(words.say('owner.empty'))}</p></main>`;
  }
  return `<main class="page page-narrow" data-state="ready" data-step="owner">
<header class="head"><h1>${htmlText(name)}</h1><p class="facts">${htmlText(words.say('owner.choose'))}</p></header>
<ul class="offers">
${eventTypes.map((eventType) => offerItem(eventType, search, words)).join('\n')}
</ul></main>`;
}

function offerItem(eventType: PublicEventType, search: string, words: Words): string {
  const { title, form } = eventType;
  // The card is one link, so that links in the description wait for the page that it leads to.
  const about =
    form.description === null ? '' : `\n<p class="about">${htmlText(plainWords(form.description))}</p>`;
  return `<li class="offer"><h2><a href="${htmlText(pathOf(eventType) + search)}">${htmlText(title)}</a></h2>
<p class="facts">${htmlText(factsLine(eventType, words))}</p>${about}</li>`;
}

/** For an owner or an event type that is not there. */
export const nothingToBook = ({ say }: Words): string =>
  `<main class="page missing" data-state="missing"><h1>${htmlText(say('missing.heading'))}</h1>
<p>${htmlText(say('missing.text'))}</p></main>`;

/** For a link to a booking that is not whole. */
export const noSuchBooking = ({ say }: Words): string =>
  `<main class="page missing stand-in" data-plain="missing"><h1>${htmlText(say('noBooking.heading'))}</h1>
<p>${htmlText(say('noBooking.text'))}</p></main>`;
