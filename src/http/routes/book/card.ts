/** Pictures of pages for previews of their links: what stands on them, and the addresses by which heads name them. */
import { type Card, cardVersion, drawableText, lengthsOnCard, namesOnCard } from '../../../cards/card.ts';
import type { Brand } from '../../../store/rules/brands.ts';
import type { OwnerListing, PublicEventType } from '../../../store/rules/public-pages.ts';

/** A card with its address. */
export interface PageCard {
  card: Card;
  path: string;
}

/** Titles that an owner's card names. */
const TITLES = 3;

const pageCard = (card: Card, names: readonly string[]): PageCard => ({
  card,
  path: `/cards/${[...names, `${cardVersion(card)}.png`].map(encodeURIComponent).join('/')}`,
});

const brandOf = ({ color, logo }: Brand) => ({ color, logo: logo?.hash ?? null });

/** @returns null when the title is in letters that no bundled font has */
export function eventTypeCard(eventType: PublicEventType, brand: Brand): PageCard | null {
  const title = drawableText(eventType.title);
  if (title === null) return null;
  const { hosts, rules, owner, slug } = eventType;
  const texts = { title, detail: namesOnCard(hosts), lengths: lengthsOnCard(rules.lengths) };
  return pageCard({ ...texts, ...brandOf(brand) }, [owner, slug]);
}

/** @returns null when the name is in letters that no bundled font has */
export function ownerCard({ owner, name, eventTypes }: OwnerListing, brand: Brand): PageCard | null {
  const title = drawableText(name);
  if (title === null) return null;
  const offers = eventTypes.flatMap((eventType) => drawableText(eventType.title) ?? []).slice(0, TITLES);
  const detail = offers.length > 0 ? offers.join(' · ') : null;
  return pageCard({ title, detail, lengths: null, ...brandOf(brand) }, [owner]);
}
