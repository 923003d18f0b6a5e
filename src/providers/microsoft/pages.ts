/** Graph's pages: an empty page may have a next one. */
import { type Access, ProviderError } from '../port.ts';
import type { GetOptions, GraphClient } from './client.ts';

export interface GraphPage<T> {
  value: T[];
  '@odata.nextLink'?: string;
  '@odata.deltaLink'?: string;
}

/** @throws ProviderError `transient` for a response without values, which must not pass for an empty page */
export async function readPage<T>(
  client: GraphClient,
  access: Access,
  path: string,
  options: GetOptions,
): Promise<GraphPage<T>> {
  const page = await client.get<GraphPage<T>>(access, path, options);
  if (Array.isArray(page.value)) return page;
  throw new ProviderError('transient', 'Microsoft answered with a page without values.');
}

/** The first page and all that follow. @throws ProviderError `transient` when the links form a loop. */
export async function* followPages<T>(
  first: GraphPage<T>,
  fetchPage: (link: string) => Promise<GraphPage<T>>,
): AsyncGenerator<GraphPage<T>> {
  const visited = new Set<string>();
  let page = first;
  yield page;
  for (let link = page['@odata.nextLink']; link; link = page['@odata.nextLink']) {
    if (visited.has(link)) throw new ProviderError('transient', 'Microsoft named the same next page twice.');
    visited.add(link);
    page = await fetchPage(link);
    yield page;
  }
}

/** All values of a collection. The query goes with the first request only: the links contain it. */
export async function readAll<T>(
  client: GraphClient,
  access: Access,
  path: string,
  { query = {}, ...rest }: GetOptions,
): Promise<T[]> {
  const first = await readPage<T>(client, access, path, { query, ...rest });
  const values: T[] = [];
  for await (const page of followPages(first, (link) => readPage<T>(client, access, link, rest))) {
    values.push(...page.value);
  }
  return values;
}
