/**
 * The limiter's scripts. They go by the clock of Redis, as the processes' clocks differ. Each answers with its key and then
 * the result, so that an answer that belongs to another command is noticed.
 */
import { type CommandParser, defineScript } from 'redis';

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

export interface KeyedAnswer<T> {
  /** The key that the script was called with, as Redis has it. */
  key: string;
  result: T;
}

/** Lua that runs `script` and answers with its key and its result. */
export const answerWithKey = (script: string) =>
  `local result = (function()\n${script}\nend)()\nreturn {KEYS[1], result or false}`;

/** @throws Error for an answer that belongs to another command. */
export function readKeyedAnswer(answer: unknown): KeyedAnswer<unknown> {
  if (!Array.isArray(answer) || answer.length !== 2)
    throw new Error('Redis gave the answer to another command.');
  const [key, result]: unknown[] = answer;
  return { key: String(key), result };
}

const limiterScript = <R, T>(lua: string, transformResult: (result: R) => T) =>
  defineScript({
    SCRIPT: answerWithKey(NOW + lua),
    parseCommand(parser: CommandParser, key: string, ...args: (string | number)[]) {
      parser.pushKeysLength([key]);
      for (const value of args) parser.push(String(value));
    },
    transformReply(answer: [key: unknown, result: R]): KeyedAnswer<T> {
      const { key } = readKeyedAnswer(answer);
      return { key, result: transformResult(answer[1]) };
    },
  });

/** KEYS[1]: a sorted set of permits by when they end; ARGV: a name for the permit, most, ttl. */
export const acquirePermit = limiterScript(
  `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`,
  (acquired: number) => acquired === 1,
);

/** KEYS[1], here and below: a hash of failures, rest (paused until) and trial (until); ARGV: trial. */
export const enterAttempt = limiterScript(
  `
local known = redis.call('HMGET', KEYS[1], 'failures', 'rest', 'trial')
local failures, rest, trial = tonumber(known[1]) or 0, tonumber(known[2]) or 0, tonumber(known[3]) or 0
local wait = math.max(rest, trial) - now
if wait > 0 then return {failures, wait} end
if rest > 0 then redis.call('HSET', KEYS[1], 'trial', now + ARGV[1]) end
return {failures, 0}`,
  ([failures = 0, wait = 0]: number[]) => ({ failures, wait }),
);

const EXPIRE = (ttl: string) => `
if redis.call('PTTL', KEYS[1]) < ${ttl} then redis.call('PEXPIRE', KEYS[1], ${ttl}) end`;

/** ARGV: most, ttl. */
export const recordFailure = limiterScript(
  `
local known = redis.call('HMGET', KEYS[1], 'failures', 'trial')
local failures, trial = tonumber(known[1]) or 0, tonumber(known[2]) or 0
if failures >= tonumber(ARGV[1]) and trial == 0 then return failures end
redis.call('HSET', KEYS[1], 'failures', failures + 1)
${EXPIRE('tonumber(ARGV[2])')}
return failures + 1`,
  (failures: number) => failures,
);

/** ARGV: ms, ttl. */
export const pauseAttempts = limiterScript(
  `
local known = tonumber(redis.call('HGET', KEYS[1], 'rest')) or 0
redis.call('HSET', KEYS[1], 'rest', math.max(known, now + ARGV[1]), 'trial', 0)
${EXPIRE('ARGV[1] + ARGV[2]')}`,
  () => undefined,
);
