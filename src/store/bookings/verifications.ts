/** Codes that were sent to the e-mail addresses of attendees, one for each hold; a newer one takes its place. */
import type { Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import type { EmailVerification } from '../generated/client.ts';

export type { EmailVerification };

export const verificationOf = (tx: Tx, hold: string): Promise<EmailVerification | null> =>
  tx.emailVerification.findUnique({ where: { holdId: hold } });

/** The hold must be locked. Counts the codes that were sent for it. */
export async function writeVerification(
  tx: Tx,
  row: Omit<EmailVerification, 'sent' | 'tries' | 'verifiedAt'>,
): Promise<void> {
  const fresh = { ...row, tries: 0, verifiedAt: null };
  await tx.emailVerification.upsert({
    where: { holdId: row.holdId },
    create: { ...fresh, sent: 1 },
    update: { ...fresh, sent: { increment: 1 } },
  });
}

/**
 * Counts a try before the code is compared, so that tries at once don't pass the limit together.
 * @returns the row, with the try counted; null when no code is good any more
 */
export async function countTry(
  tx: Tx,
  hold: string,
  most: number,
  now: Instant,
): Promise<EmailVerification | null> {
  const counted = await tx.emailVerification.updateManyAndReturn({
    where: { holdId: hold, tries: { lt: most }, expiresAt: { gt: new Date(now) } },
    data: { tries: { increment: 1 } },
  });
  return counted[0] ?? null;
}

/** @param codeHash of the code that was right: a newer code is not verified by it */
export const markVerified = (tx: Tx, hold: string, codeHash: string, now: Instant) =>
  tx.emailVerification.updateMany({
    where: { holdId: hold, codeHash },
    data: { verifiedAt: new Date(now) },
  });

/** Deletes codes of holds that are over, some at a time. */
export const pruneVerifications = (tx: Tx, now: Instant, limit: number): Promise<number> =>
  tx.$executeRaw`
    delete from email_verification where hold_id in (
      select v.hold_id from email_verification v join hold h on h.id = v.hold_id
      where h.released_at is not null or h.booking_id is not null or h.expires_at <= ${new Date(now)}
      limit ${limit})`;
