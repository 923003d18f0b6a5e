/** /healthz and /readyz: does the process live, and can it do its part? */
import type { WebhookReply } from '../../providers/port.ts';
import { plainText } from '../replies.ts';

export interface Health {
  /** @returns what is missing, in words for an operator; null when the process can do its part */
  check(): Promise<string | null>;
  /** What is worth saying while it can; null: nothing. */
  note(): string | null;
}

/** The process lives: it answers. */
export const sayAlive = (): WebhookReply => plainText(200, 'ok\n');

/** 503 with what is missing, else 200, for balancers. */
export async function sayReady(health: Health): Promise<WebhookReply> {
  const missing = await health.check();
  if (missing !== null) return plainText(503, `${missing}\n`);
  const note = health.note();
  return plainText(200, note === null ? 'ready\n' : `ready, but ${note}\n`);
}
