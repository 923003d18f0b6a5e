/** What a backup says beside rows: of itself first, then of each table before its rows, and of the sequences at the end. */
import { z } from 'zod';

export const backupHeader = z.object({
  format: z.literal('slotwire-backup'),
  /** Raised when an older Slotwire could not read the file. */
  formatVersion: z.literal(1),
  /** Version of the Slotwire that made it. */
  product: z.string(),
  /** ISO 8601. */
  takenAt: z.string(),
  /** Those that the database had: its tables are made by the same ones. */
  migrations: z.array(z.string()).min(1),
  /** ENCRYPTION_KEYS, when they were asked for. */
  keys: z.string().optional(),
});
export type BackupHeader = z.output<typeof backupHeader>;

export const tableNote = z.object({ table: z.string(), columns: z.array(z.string()).min(1) });
export const sequencesNote = z.object({
  sequences: z.array(z.object({ name: z.string(), value: z.string() })),
});
