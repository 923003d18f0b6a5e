/** Heads of public pages: their title, and what other sites show of a link to them (Open Graph). */
import type { Words } from '../../../languages/words.ts';
import type { OwnerListing, PublicEventType } from '../../../store/rules/public-pages.ts';
import { htmlText } from '../pages.ts';
import { excerptOf, factsLine, namesList } from './words.ts';

export interface PageHead {
  title: string;
  description: string;
  /** Of the page, without parameters: they may hold what belongs to one visitor. */
  path: string;
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
export function headMarkup({ title, description, path }: PageHead, publicUrl: string): string {
  const properties = {
    'og:type': 'website',
    'og:title': title,
    'og:description': description,
    'og:url': new URL(path, publicUrl).href,
  };
  const tags = Object.entries(properties).map(
    ([property, content]) => `<meta property="${property}" content="${htmlText(content)}">`,
  );
  return [
    `<title>${htmlText(title)}</title>`,
    `<meta name="description" content="${htmlText(description)}">`,
    '<meta name="twitter:card" content="summary">',
    ...tags,
  ].join('\n');
}
