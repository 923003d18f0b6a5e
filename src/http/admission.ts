/** Who may ask: every operation is counted, or its key is checked, before anything of the operation is read. */
import type { IncomingMessage } from 'node:http';
import type { Authenticate } from '../graphql/authenticate.ts';
import { ANONYMOUS, type ChargeCost, type Viewer } from '../graphql/context.ts';
import { isLimited } from '../graphql/limits.ts';
import type { AddressLimits } from './limits.ts';

/** What a caller sends to identify itself. */
export interface CallerCredentials {
  authorization: string | null;
  /** Header X-Slotwire-Organisation. */
  organisation: string | null;
}

/** The credentials of a request; a socket sends its own after it was opened. */
export const callerCredentials = ({ headers }: IncomingMessage): CallerCredentials => ({
  authorization: headers.authorization ?? null,
  organisation: optionalText(headers['x-slotwire-organisation']),
});

/** Null when the value is absent. A value that is no text becomes one that is refused as a credential. */
export const optionalText = (credentials: unknown): string | null =>
  credentials == null ? null : String(credentials);

/**
 * Counts the operation, unless the caller has a key that lifts the limit. A wrong key counts, too. Of a caller without one it is
 * known at once, where this process can tell by itself. @throws SlotwireError
 */
export type AdmitOperation = (credentials: CallerCredentials, address: string) => Viewer | Promise<Viewer>;

/** Charges the cost of an operation to the address of a caller whom the limit holds for. */
export const chargeTo =
  (limits: Pick<AddressLimits, 'countCost'>, viewer: Viewer, address: string): ChargeCost =>
  (cost) =>
    isLimited(viewer) ? limits.countCost(address, cost) : undefined;

export const createAdmitOperation = (authenticate: Authenticate, limits: AddressLimits): AdmitOperation => {
  async function admitByCredentials(credentials: CallerCredentials, address: string): Promise<Viewer> {
    const viewer = await authenticate(credentials.authorization, credentials.organisation).catch(
      async (error) => {
        await limits.countOperation(address);
        throw error;
      },
    );
    if (isLimited(viewer)) await limits.countOperation(address);
    return { ...viewer, address };
  }
  return (credentials, address) => {
    if (credentials.authorization !== null) return admitByCredentials(credentials, address);
    const admitted = limits.admitOperation(address);
    const viewer = { ...ANONYMOUS, address };
    return admitted ? admitted.then(() => viewer) : viewer;
  };
};
