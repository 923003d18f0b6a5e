/** Whose things a caller sees where the operator of the default organisation sees those of all. */
import { isDefaultOrganisation } from '../store/access/organisations.ts';
import { type Context, requireOrganisation } from './context.ts';

/** @returns null: those of the whole installation */
export async function visibleOrganisation(context: Context): Promise<string | null> {
  const own = requireOrganisation(context);
  const { viewer, services } = context;
  return viewer.kind === 'ADMIN' && (await isDefaultOrganisation(services.store, own)) ? null : own;
}
