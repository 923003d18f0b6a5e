/** Structured logs, one JSON line each. Secrets never reach it: what may hold one is redacted by name. */
import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

const SECRET = [
  'token',
  'tokens',
  'access_token',
  'refresh_token',
  'secret',
  'client_secret',
  'password',
  'authorization',
  'cookie',
  'verifier',
  'headers',
  'body',
];
/** How far down a name is looked for. */
const DEPTHS = ['', '*.', '*.*.', '*.*.*.'];
/** HTTP clients hang the whole exchange on their errors. */
const EXCHANGE = ['err.config', 'err.options', 'err.request', 'err.response'];

/** @param to standard output by default */
export function createLog(level: string, to: DestinationStream = pino.destination(1)): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: [...DEPTHS.flatMap((depth) => SECRET.map((name) => depth + name)), ...EXCHANGE],
        censor: '[redacted]',
      },
    },
    to,
  );
}
