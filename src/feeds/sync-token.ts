/**
 * Sync tokens (RFC 6578): URIs with the time of a snapshot's last change and a hash of its content, so that no token is
 * stored.
 */
import { hash } from 'node:crypto';
import type { Instant } from '../time/clock.ts';

export interface ParsedToken {
  /** The token of the whole snapshot. */
  token: string;
  /** When the snapshot had last changed. */
  at: Instant;
  /** Of a truncated answer: the time that it continues from (0: everything), and the last id that it returned. */
  page: { since: Instant; after: string } | null;
}

const FORM = /^(data:,sync-(\d{1,15})-[\w-]{16})(?:\.(\d{1,15})\.([\da-f]{32}))?$/;

export function snapshotToken(at: Instant, items: readonly { id: string; etag: string }[]): string {
  const lines = items.map(({ id, etag }) => `${id} ${etag}\n`).sort();
  return `data:,sync-${at}-${hash('sha256', lines.join(''), 'base64url').slice(0, 16)}`;
}

/** @param target token of the snapshot that all pages together lead to */
export const pageToken = (target: string, since: Instant, after: string) => `${target}.${since}.${after}`;

/** Null when the text is no token of this form. */
export function parseToken(text: string): ParsedToken | null {
  const [, token = '', at, since, after] = FORM.exec(text) ?? [];
  if (at === undefined) return null;
  const page = since === undefined || after === undefined ? null : { since: Number(since), after };
  return { token, at: Number(at), page };
}
