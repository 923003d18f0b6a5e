/** Heads of public pages: their title, and what other sites show of a link to them (Open Graph). */
import { CARD_HEIGHT, CARD_WIDTH } from '../../../cards/card.ts';
import type { Words } from '../../../languages/words.ts';
import type { OwnerListing, PublicEventType } from '../../../store/rules/public-pages.ts';
import { htmlText } from '../pages.ts';
import { excerptOf, factsLine, namesList } from './words.ts';

export interface PageHead {
  title: string;
  description: string;
  /** Of the page, without parameters: they may hold what belongs to one visitor. */
  path: string;
  /** Of its picture. */
  card?: string | undefined;
}

export const pathOf = ({ owner, slug }: { owner: string; slug?: string }): string =>
  `/book/${[owner, ...(slug === undefined ? [] : [slug])].map(encodeURIComponent).join('/')}`;

export function eventTypeHead(eventType: PublicEventType, words: Words): PageHead {
  const { title, hosts, rules, form } = eventType;
  const about = form.description === null ? words.say('head.choose') : excerptOf(form.description);
  const sentence = rules.active ? about : words.say('head.paused');
  return {
    // As the page's script has it.
    title: hosts.length === 0 ? title : `${title} – ${namesList(hosts, words)}`,
    description: `${factsLine(eventType, words)}. ${sentence}`,
    path: pathOf(eventType),
  };
}

export const ownerHead = ({ owner, name, eventTypes }: OwnerListing, { say }: Words): PageHead => ({
  title: say('owner.title', { name }),
  description:
    eventTypes.length === 0
      ? say('owner.nothing')
      : eventTypes
          .map(({ title }) => title)
          .slice(0, 5)
          .join(', '),
  path: pathOf({ owner }),
});

/** @param publicUrl PUBLIC_URL. @returns markup of elements that belong into <head> */
export function headMarkup({ title, description, path, card }: PageHead, publicUrl: string): string {
  const properties = {
    'og:type': 'website',
    'og:title': title,
    'og:description': description,
    'og:url': new URL(path, publicUrl).href,
    ...(card === undefined ? {} : pictureProperties(new URL(card, publicUrl).href, title)),
  };
  const tags = Object.entries(properties).map(
    ([property, content]) => `<meta property="${property}" content="${htmlText(content)}">`,
  );
  return [
    `<title>${htmlText(title)}</title>`,
    `<meta name="description" content="${htmlText(description)}">`,
    `<meta name="twitter:card" content="${card === undefined ? 'summary' : 'summary_large_image'}">`,
    ...tags,
  ].join('\n');
}

const pictureProperties = (url: string, alt: string) => ({
  'og:image': url,
  'og:image:type': 'image/png',
  'og:image:width': String(CARD_WIDTH),
  'og:image:height': String(CARD_HEIGHT),
  'og:image:alt': alt,
});
