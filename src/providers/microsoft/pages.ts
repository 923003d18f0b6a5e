/** Graph's pages: a page may be empty and have a next one. */
import { type Access, ProviderError } from '../port.ts';
import type { GraphClient, ReadOptions } from './client.ts';

export interface Page<T> {
  value: T[];
  '@odata.nextLink'?: string;
  '@odata.deltaLink'?: string;
}

/** @throws ProviderError `transient` for an answer that is no page: it must not pass for an empty one. */
export async function readPage<T>(
  client: GraphClient,
  access: Access,
  path: string,
  options: ReadOptions,
): Promise<Page<T>> {
  const page = await client.read<Page<T>>(access, path, options);
  if (Array.isArray(page.value)) return page;
  throw new ProviderError('transient', 'Microsoft answered with a page without values.');
}

/** The first page and all that follow it. @throws ProviderError `transient` for links that lead in a circle. */
export async function* pagesFrom<T>(
  first: Page<T>,
  follow: (link: string) => Promise<Page<T>>,
): AsyncGenerator<Page<T>> {
  const followed = new Set<string>();
  let page = first;
  yield page;
  for (let link = page['@odata.nextLink']; link; link = page['@odata.nextLink']) {
    if (followed.has(link)) throw new ProviderError('transient', 'Microsoft named the same next page twice.');
    followed.add(link);
    page = await follow(link);
    yield page;
  }
}

/** All values of a collection. The query goes with the first request; the links hold it from then on. */
export async function readAll<T>(
  client: GraphClient,
  access: Access,
  path: string,
  { query = {}, ...rest }: ReadOptions,
): Promise<T[]> {
  const first = await readPage<T>(client, access, path, { query, ...rest });
  const values: T[] = [];
  for await (const page of pagesFrom(first, (link) => readPage<T>(client, access, link, rest))) {
    values.push(...page.value);
  }
  return values;
}
