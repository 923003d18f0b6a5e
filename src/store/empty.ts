/** A database of its own on a server, begun anew. */
import pg from 'pg';
import { StartError } from '../errors.ts';
import { openConnection } from './connection.ts';

const IN_USE = '55006';

/**
 * Drops `name` on the server of `url`, with all that is in it, and makes it again. @returns its URL.
 * @throws StartError when another process still uses it after five seconds.
 */
export async function recreateDatabase(url: string, name: string): Promise<string> {
  const client = await openConnection(url);
  try {
    await client.query(`drop database if exists ${client.escapeIdentifier(name)}`);
    await client.query(`create database ${client.escapeIdentifier(name)}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== IN_USE) throw error;
    throw new StartError(`Another process uses the database ${name}. Stop it first.`);
  } finally {
    await client.end();
  }
  const created = new URL(url);
  created.pathname = `/${name}`;
  return created.href;
}
