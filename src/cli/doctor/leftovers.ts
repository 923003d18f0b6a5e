/** Embedded databases outside of their DATA_DIR, which a deleted installation left behind. */
import { findLeftovers } from '../../store/embedded/leftovers.ts';
import { type Finding, findingsOf } from './finding.ts';

/** @param bases folders to look in; absent: where embedded databases may lie */
export async function diagnoseLeftovers(bases?: readonly string[]): Promise<Finding[]> {
  const { ok, warning } = findingsOf('leftovers');
  const found = await findLeftovers(bases);
  if (found.length === 0) return [ok('no database of a deleted installation')];
  return found.map(({ folder, dataFolder, throwaway }) =>
    warning(
      `${folder} holds the database of ${dataFolder}, which is gone`,
      throwaway
        ? 'The next start removes it.'
        : 'Remove it by hand, unless its DATA_DIR is on a disk that is only not mounted.',
    ),
  );
}
