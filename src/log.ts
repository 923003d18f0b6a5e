/** Structured logs, one JSON line each. Fields that may hold a secret are redacted by name. */
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
/** The depths at which names are redacted. */
const DEPTHS = ['', '*.', '*.*.', '*.*.*.'];
/** HTTP clients attach request and response, with their headers, to their errors. */
const EXCHANGE = ['err.config', 'err.options', 'err.request', 'err.response'];

/** @param to where the lines go; standard output by default */
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
