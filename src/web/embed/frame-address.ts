/** The address of the page in the frame: the element's attributes as the page's parameters. */

/** Attributes that become a parameter of the same name. */
const PARAMETERS = ['length', 'zone', 'name', 'email', 'locale', 'theme', 'color'] as const;

/** All attributes that choose the page. */
export const PAGE_ATTRIBUTES: readonly string[] = ['owner', 'slug', 'params', ...PARAMETERS];

export type EmbedMode = 'inline' | 'popup' | 'button';

/** Any other value is inline, as no value is. */
export const parseMode = (mode: string | null): EmbedMode =>
  mode === 'popup' || mode === 'button' ? mode : 'inline';

/**
 * @param origin of the gateway
 * @param attribute of the element; null: it has none
 * @returns null without an owner. Without a slug: the page of all that the owner lists.
 */
export function frameAddress(origin: string, attribute: (name: string) => string | null): string | null {
  const owner = attribute('owner');
  if (!owner) return null;
  const slug = attribute('slug');
  const path = [owner, ...(slug ? [slug] : [])].map(encodeURIComponent).join('/');
  // The rest of the page's parameters, in the form of an address: answer.topic=…&utm_source=…
  const params = new URLSearchParams(attribute('params') ?? '');
  for (const name of PARAMETERS) {
    const value = attribute(name);
    if (value) params.set(name, value);
  }
  params.set('embed', parseMode(attribute('mode')));
  return `${origin}/book/${path}?${params}`;
}
