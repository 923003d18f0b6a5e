/** How the operator's mail relay proves itself: X-Slotwire-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Instant, MINUTE, SECOND } from '../../time/clock.ts';

/** How far the relay's clock may be off, either way. */
const MAX_SKEW = 5 * MINUTE;
const FIELD = /^\s*(t|v1)=([0-9a-f]{1,64})\s*$/;

export interface MailSignature {
  /** As it was written: it is part of what is signed. */
  time: string;
  /** One is enough: a relay that changes its secret may sign with both. */
  signatures: Buffer[];
}

/** @returns null for what has another form or another time: its body need not be read. */
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

/** In constant time. */
export function isSigned({ time, signatures }: MailSignature, body: Buffer, secret: string): boolean {
  const expected = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
  return signatures.filter((given) => timingSafeEqual(given, expected)).length > 0;
}
