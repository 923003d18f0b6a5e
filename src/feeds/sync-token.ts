/** Sync tokens (RFC 6578): when a snapshot last changed, and a hash of what was in it. URIs, and nothing that would have to be stored. */
import { hash } from 'node:crypto';
import type { Instant } from '../time/clock.ts';

export interface ParsedToken {
  /** The snapshot's own token. */
  token: string;
  /** When that snapshot had last changed. */
  at: Instant;
  /** Of an answer that was cut: what it went on from (0: from nothing), and the last id that was told. */
  page: { since: Instant; after: string } | null;
}

const FORM = /^(data:,sync-(\d{1,15})-[\w-]{16})(?:\.(\d{1,15})\.([\da-f]{32}))?$/;

export function snapshotToken(at: Instant, items: readonly { id: string; etag: string }[]): string {
  const lines = items.map(({ id, etag }) => `${id} ${etag}\n`).sort();
  return `data:,sync-${at}-${hash('sha256', lines.join(''), 'base64url').slice(0, 16)}`;
}

/** @param target the token of the snapshot that the pages together come to */
export const pageToken = (target: string, since: Instant, after: string) => `${target}.${since}.${after}`;

/** Null for what is no token of ours. */
export function parseToken(text: string): ParsedToken | null {
  const [, token = '', at, since, after] = FORM.exec(text) ?? [];
  if (at === undefined) return null;
  const page = since === undefined || after === undefined ? null : { since: Number(since), after };
  return { token, at: Number(at), page };
}
