/**
 * Proof of an attendee's e-mail address: a code of six digits that is sent there. It is bound to the hold and the address,
 * stored as a keyed hash, and good for ten minutes and five tries, in which the hold lives.
 *
 *     no code ──▶ CODE_SENT ──▶ code: right ──▶ verified: the hold is confirmed, also later without a code
 *                    ▲            ├─▶ WRONG_CODE
 *                    └── no code ─┴─▶ CODE_EXPIRED: after ten minutes, or five tries
 */
import { randomInt, timingSafeEqual } from 'node:crypto';
import { cacheKey } from '../cache/keys.ts';
import type { Limiter, RateLimit } from '../cache/port.ts';
import { mailboxOf } from '../calendars/mail-address.ts';
import { rateLimited } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { networksOf } from '../net/networks.ts';
import type { KeyRing } from '../secrets.ts';
import { extendHold, type Hold, isLiveHold, lockHold } from '../store/bookings/holds.ts';
import {
  countTry,
  markVerified,
  verificationOf,
  writeVerification,
} from '../store/bookings/verifications.ts';
import type { Store } from '../store/client.ts';
import type { EventType } from '../store/rules/event-types.ts';
import { type Clock, HOUR, MINUTE, SECOND } from '../time/clock.ts';
import type { AnnounceVerification } from './announce.ts';
import type { Attendee } from './confirm.ts';
import type { WithHostLocks } from './host-locks.ts';
import {
  HOLD_EXPIRED,
  type HoldExpired,
  type VerificationReason,
  type VerificationRequired,
} from './outcome.ts';

const LIFE = 10 * MINUTE;
const TRIES_MAX = 5;
/** Codes of one hold, which prolong it. */
const CODES_MAX = 3;
/** A request that is repeated within this time sends no other code. */
const REPEAT_AFTER = 30 * SECOND;
/** Codes that are sent to one mailbox, and for one address: five tries each leave a guess a chance of one in 40,000 an hour. */
const PER_MAILBOX: RateLimit = { count: 5, window: HOUR };
const PER_ADDRESS: RateLimit = { count: 10, window: HOUR };

const OF_EMAIL = 'verified e-mail address';
const OF_CODE = 'code of a verification';
const OF_LIMIT = 'limits of codes';

/**
 * @param type the hold's; undefined when it is gone
 * @returns null when the attendee may confirm: the event type wants no proof, or the address is proven
 * @throws SlotwireError RATE_LIMITED when too many codes were asked for
 */
export type VerifyAttendee = (
  hold: Hold,
  type: EventType | undefined,
  attendee: Attendee,
  address: string,
) => Promise<VerificationRequired | HoldExpired | null>;

export interface VerifyAttendeeDeps {
  store: Store;
  withHostLocks: WithHostLocks;
  announce: AnnounceVerification;
  keyRing: Pick<KeyRing, 'sign' | 'signatures'>;
  /** Over all processes. */
  limiter: Pick<Limiter, 'take'>;
  metrics: Pick<Metrics, 'rateLimited'>;
  clock: Clock;
  log: Log;
}

export function createVerifyAttendee(deps: VerifyAttendeeDeps): VerifyAttendee {
  const { store, withHostLocks, announce, keyRing, clock, log } = deps;

  async function take(key: string, counted: string, limit: RateLimit) {
    const wait = await deps.limiter.take(`${key}:${keyRing.sign(counted, OF_LIMIT)}`, limit);
    if (wait !== null) throw refuse(wait);
  }
  function refuse(wait: number) {
    deps.metrics.rateLimited.inc({ limit: 'codes' });
    return rateLimited(wait);
  }

  async function countCode(address: string, email: string) {
    for (const { network, share } of networksOf(address)) {
      await take('codes:address', network, { ...PER_ADDRESS, count: PER_ADDRESS.count * share });
    }
    await take('codes:mailbox', mailboxOf(email), PER_MAILBOX);
  }

  /** Stores a code and announces it in one transaction, in which the hold is prolonged. */
  async function send(hold: Hold, type: EventType, attendee: Attendee, address: string) {
    await countCode(address, attendee.email);
    return withHostLocks<VerificationRequired | HoldExpired>(hold.hosts, async (tx) => {
      const locked = await lockHold(tx, hold.id);
      const now = clock.now();
      if (!locked || !isLiveHold(locked, now)) return { result: HOLD_EXPIRED, keys: [] };
      const earlier = await verificationOf(tx, hold.id);
      if ((earlier?.sent ?? 0) >= CODES_MAX) throw refuse(Math.max(SECOND, locked.expiresAt.getTime() - now));
      const code = String(randomInt(1_000_000)).padStart(6, '0');
      const expiresAt = now + LIFE;
      const isSent = await announce(tx, { hold: locked, type, attendee, code, expiresAt }, now);
      if (!isSent) {
        log.warn(
          { eventType: type.id },
          'code of a verification not sent: no mail server is configured, and no webhook endpoint of the organisation hears VERIFICATION_REQUESTED',
        );
        return { result: required('CODE_NOT_SENT', 0, null), keys: [] };
      }
      const email = spellingOf(attendee);
      await writeVerification(tx, {
        holdId: hold.id,
        organisationId: hold.organisationId,
        emailHash: keyRing.sign(email, OF_EMAIL),
        codeHash: keyRing.sign(codeText(hold, email, code), OF_CODE),
        sentAt: new Date(now),
        expiresAt: new Date(expiresAt),
      });
      if (locked.expiresAt.getTime() < expiresAt) await extendHold(tx, hold.id, expiresAt);
      const result = required('CODE_SENT', TRIES_MAX, expiresAt);
      return { result, keys: locked.hosts.map(cacheKey.native) };
    });
  }

  async function check(hold: Hold, email: string, code: string): Promise<VerificationRequired | null> {
    const tried = await countTry(store, hold.id, TRIES_MAX, clock.now());
    if (!tried) return required('CODE_EXPIRED', 0, null);
    if (isSigned(keyRing, codeText(hold, email, code), OF_CODE, tried.codeHash)) {
      await markVerified(store, hold.id, tried.codeHash, clock.now());
      return null;
    }
    const triesLeft = TRIES_MAX - tried.tries;
    if (triesLeft === 0) return required('CODE_EXPIRED', 0, null);
    return required('WRONG_CODE', triesLeft, tried.expiresAt.getTime());
  }

  return async (hold, type, attendee, address) => {
    if (!type?.rules.requireEmailVerification) return null;
    if (!isLiveHold(hold, clock.now())) return HOLD_EXPIRED;
    const email = spellingOf(attendee);
    const found = await verificationOf(store, hold.id);
    const isOfAddress = found !== null && isSigned(keyRing, email, OF_EMAIL, found.emailHash);
    if (isOfAddress && found.verifiedAt !== null) return null;
    if (attendee.code !== null) return check(hold, email, attendee.code.replace(/\s/g, ''));
    const now = clock.now();
    const isRepeated = isOfAddress && now - found.sentAt.getTime() < REPEAT_AFTER && found.tries < TRIES_MAX;
    if (isRepeated) return required('CODE_SENT', TRIES_MAX - found.tries, found.expiresAt.getTime());
    return send(hold, type, attendee, address);
  };
}

/** The address to which the code goes is the one that is proven, but for its case. */
const spellingOf = ({ email }: Attendee) => email.trim().toLowerCase();

/** The signature is by any key of the ring. Every key is tried, so that the time doesn't depend on which one matches. */
function isSigned(
  keyRing: Pick<KeyRing, 'signatures'>,
  text: string,
  context: string,
  signature: string,
): boolean {
  const given = Buffer.from(signature);
  const matching = keyRing.signatures(text, context).filter((other) => {
    const wanted = Buffer.from(other);
    return wanted.length === given.length && timingSafeEqual(wanted, given);
  });
  return matching.length > 0;
}

const codeText = (hold: Hold, email: string, code: string) => JSON.stringify([hold.id, email, code]);

const MESSAGES: Record<VerificationReason, string> = {
  CODE_SENT: 'A code of six digits was sent to this e-mail address: confirm again with it.',
  WRONG_CODE: 'This is not the code that was sent.',
  CODE_EXPIRED: 'No code is good any more: confirm without one, and another is sent.',
  CODE_NOT_SENT: "The code can't be sent at the moment: please ask the organiser.",
};

const required = (
  reason: VerificationReason,
  triesLeft: number,
  expiresAt: number | null,
): VerificationRequired => ({
  is: 'VerificationRequired',
  message: MESSAGES[reason],
  reason,
  triesLeft,
  expiresAt,
});
