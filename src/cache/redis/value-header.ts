/** How a value begins: with its version, a big-endian double, and the id of the run that it was written in. Bytes. */
import { RUN_ID_BYTES } from './server-identity.ts';

export const VERSION_BYTES = 8;
export const HEADER_BYTES = VERSION_BYTES + RUN_ID_BYTES;
