/** Who asks, and what resolvers may use. */

import type { FieldNode } from 'graphql';
import { SlotwireError } from '../errors.ts';
import type { Availability } from '../offers/query.ts';
import type { ApiScope } from '../store/access/api-keys.ts';
import type { Instant } from '../time/clock.ts';
import type { AnswerBasis } from './answer-basis.ts';
import { createFieldBudget, type FieldBudget } from './cost/field-budget.ts';
import { limitOf } from './cost/operation-limits.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import type { Services } from './services.ts';

export interface Viewer {
  kind: 'ANONYMOUS' | 'API_KEY' | 'ADMIN';
  name: string | null;
  scopes: readonly ApiScope[];
  /** The organisation in which this viewer acts; null for the public. */
  organisation: string | null;
  /** The API key that says so; null: none. */
  key: { id: string; expiresAt: Instant | null } | null;
  /** The IP address that asks, as `AddressOf` spells it; empty until the operation is admitted. */
  address: string;
}

export const ANONYMOUS: Viewer = {
  kind: 'ANONYMOUS',
  name: null,
  scopes: [],
  organisation: null,
  key: null,
  address: '',
};

/** ADMIN may do everything. */
export const hasScope = (viewer: Viewer, scope: ApiScope) =>
  viewer.scopes.includes(scope) || viewer.scopes.includes('ADMIN');

export interface Context {
  viewer: Viewer;
  services: Services;
  loaders: Loaders;
  /** The event that the viewer of a stream has seen last, as the stream's protocol tells it; null: it tells none. */
  lastEventId: string | null;
  /** The fields that its answer has so far. */
  fields: FieldBudget;
  /** Charges the cost of the operation to its caller. */
  charge: ChargeCost;
  /** Takes down what the answer is made from, where others may be given it too. */
  basis?: AnswerBasis;
  /** By the field that asks for it: what was found before the operation is executed. */
  found?: ReadonlyMap<FieldNode, PromiseSettledResult<Availability>>;
}

/** At once where nothing has to be waited for. @param cost fields. @throws SlotwireError RATE_LIMITED */
export type ChargeCost = (cost: number) => void | Promise<void>;

/** Of one operation. What it does not load costs nothing: most subscriptions load nothing. */
export function createContext(
  viewer: Viewer,
  services: Services,
  {
    lastEventId = null,
    charge = async () => {},
    fields = createFieldBudget(limitOf(services.limits.cost, viewer)),
  }: Partial<Pick<Context, 'lastEventId' | 'charge' | 'fields'>> = {},
): Context {
  let loaders: Loaders | undefined;
  return {
    viewer,
    services,
    lastEventId,
    fields,
    charge,
    get loaders() {
      loaders ??= createLoaders(services.store, viewer.organisation, viewer.kind === 'ADMIN');
      return loaders;
    },
  };
}

/** The refusal of a field that the viewer may not use. */
export const unauthorized = ({ kind }: Viewer): SlotwireError =>
  kind === 'ANONYMOUS'
    ? new SlotwireError('UNAUTHENTICATED', 'Send a key: Authorization: Bearer <ADMIN_TOKEN or API key>.')
    : new SlotwireError('FORBIDDEN', "This key lacks the scope for that, or it is the operator's alone.");

/** The organisation of a viewer who was let in to something that has one. */
export function requireOrganisation({ viewer }: Context): string {
  if (viewer.organisation === null) throw new SlotwireError('UNAUTHENTICATED', 'This needs a key.');
  return viewer.organisation;
}
