/** Who may ask: every operation is counted or keyed before anything of it is read. */
import type { IncomingMessage } from 'node:http';
import type { Authenticate } from '../graphql/authenticate.ts';
import type { Viewer } from '../graphql/context.ts';
import { isLimited } from '../graphql/limits.ts';
import type { AddressLimits } from './limits.ts';

/** What a caller says of itself. */
export interface CallerCredentials {
  authorization: string | null;
  /** Header X-Slotwire-Organisation. */
  organisation: string | null;
}

/** Of a request; a socket says its credential later. */
export const callerCredentials = ({ headers }: IncomingMessage): CallerCredentials => ({
  authorization: headers.authorization ?? null,
  organisation: optionalText(headers['x-slotwire-organisation']),
});

/** Null when it was not said. What is no text is no credential either, and is refused as one. */
export const optionalText = (credentials: unknown): string | null =>
  credentials == null ? null : String(credentials);

/** Counts a caller without a key that lifts the limit, also one with a wrong key. @throws SlotwireError */
export type AdmitOperation = (credentials: CallerCredentials, address: string) => Promise<Viewer>;

export const createAdmitOperation =
  (authenticate: Authenticate, limits: AddressLimits): AdmitOperation =>
  async (credentials, address) => {
    const viewer = await authenticate(credentials.authorization, credentials.organisation).catch(
      async (error) => {
        await limits.countOperation(address);
        throw error;
      },
    );
    if (isLimited(viewer)) await limits.countOperation(address);
    return viewer;
  };
