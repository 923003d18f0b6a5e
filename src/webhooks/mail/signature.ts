/** The mail relay's signature: X-Slotwire-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Instant, MINUTE, SECOND } from '../../time/clock.ts';

/** Tolerated difference between the relay's clock and ours, in either direction. */
const MAX_SKEW = 5 * MINUTE;
const FIELD = /^\s*(t|v1)=([0-9a-f]{1,64})\s*$/;

export interface MailSignature {
  /** As it was written, since it is part of the signed text. */
  time: string;
  /** One valid signature suffices: while its secret is replaced, a relay may sign with both. */
  signatures: Buffer[];
}

/** @returns null for another form or a time out of range, so that the body need not be read */
export function readSignature(header: string | undefined, now: Instant): MailSignature | null {
  const fields = (header ?? '').split(',').map((field) => FIELD.exec(field));
  const valuesOf = (name: string) =>
    fields.flatMap((field) => (field?.[1] === name ? [field[2] as string] : []));
  const [time = '', ...more] = valuesOf('t');
  const signatures = valuesOf('v1').flatMap((hex) => (hex.length === 64 ? [Buffer.from(hex, 'hex')] : []));
  if (!/^\d{1,12}$/.test(time) || more.length > 0 || signatures.length === 0 || fields.length > 5)
    return null;
  return Math.abs(now - Number(time) * SECOND) <= MAX_SKEW ? { time, signatures } : null;
}

/** Compares in constant time. */
export function isSigned({ time, signatures }: MailSignature, body: Buffer, secret: string): boolean {
  const expected = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
  return signatures.filter((given) => timingSafeEqual(given, expected)).length > 0;
}
