/** Who may ask: every operation is counted or keyed before anything of it is read. */
import type { IncomingMessage } from 'node:http';
import type { Authenticate } from '../graphql/authenticate.ts';
import type { Viewer } from '../graphql/context.ts';
import { isLimited } from '../graphql/limits.ts';
import type { AddressLimits } from './limits.ts';

/** What a caller says of itself. */
export interface Introduction {
  authorization: string | null;
  /** Header X-Slotwire-Organisation. */
  organisation: string | null;
}

/** Of a request; a socket says its credential later. */
export const introductionOf = ({ headers }: IncomingMessage): Introduction => ({
  authorization: headers.authorization ?? null,
  organisation: textOf(headers['x-slotwire-organisation']),
});

/** Null when it was not said. What is no text is no credential either, and is refused as one. */
export const textOf = (said: unknown): string | null => (said == null ? null : String(said));

/** Whoever has no key that lifts the limit is counted, also with a wrong one. @throws SlotwireError */
export type Admit = (said: Introduction, address: string) => Promise<Viewer>;

export const createAdmit =
  (authenticate: Authenticate, limits: AddressLimits): Admit =>
  async (said, address) => {
    const viewer = await authenticate(said.authorization, said.organisation).catch(async (error) => {
      await limits.operation(address);
      throw error;
    });
    if (isLimited(viewer)) await limits.operation(address);
    return viewer;
  };
