/** /book/{owner}: what a host or team lists, as plain HTML. */
import type { OwnerListing, PublicEventType } from '../../../store/rules/public-pages.ts';
import { htmlText } from '../pages.ts';
import { pathOf } from './head.ts';
import { factsLine, plainWords } from './words.ts';

/** @param search of the page's own address: zone, look and prefilled fields go on to the page that is chosen. @returns markup of <main> */
export function ownerMain({ name, eventTypes }: OwnerListing, search: string): string {
  if (eventTypes.length === 0) {
    return `<main class="page missing" data-state="empty"><h1>${htmlText(name)}</h1>
<p>Nothing can be booked here at the moment. Please come back later, or ask the person who sent you the link.</p></main>`;
  }
  return `<main class="page page-narrow" data-state="ready" data-step="owner">
<header class="head"><h1>${htmlText(name)}</h1><p class="facts">Choose what you would like to book.</p></header>
<ul class="offers">
${eventTypes.map((eventType) => offerItem(eventType, search)).join('\n')}
</ul></main>`;
}

function offerItem(eventType: PublicEventType, search: string): string {
  const { title, form } = eventType;
  // The card is one link, so that links in the description wait for the page that it leads to.
  const about =
    form.description === null ? '' : `\n<p class="about">${htmlText(plainWords(form.description))}</p>`;
  return `<li class="offer"><h2><a href="${htmlText(pathOf(eventType) + search)}">${htmlText(title)}</a></h2>
<p class="facts">${htmlText(factsLine(eventType))}</p>${about}</li>`;
}

/** For an owner or an event type that is not there. */
export const NOTHING_TO_BOOK = `<main class="page missing" data-state="missing"><h1>There is nothing to book here</h1>
<p>The link may be mistyped, or its owner has taken it down. Please ask the person who sent it for a new one.</p></main>`;
