/** Starts the watch process of an embedded PostgreSQL, which outlives the process that starts it. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EmbeddedServer } from './server.ts';

export interface WatchTask {
  server: Omit<EmbeddedServer, 'readPassword'>;
  port: number;
  /** The folder `postgres` of DATA_DIR, which holds the password and the lock. */
  dataFolder: string;
  /** How long the server may live without clients, milliseconds. */
  idleLimit: number;
}

/** The bundled watch lies beside the bundled server; source files use the one in dist. */
const ENTRY = fileURLToPath(
  new URL(
    import.meta.url.endsWith('/watch-process.ts') ? '../../../dist/embedded-watch.js' : './embedded-watch.js',
    import.meta.url,
  ),
);

/** In a session of its own, so that neither an interrupt at the terminal nor a kill of the process group reaches the watch. */
export function startWatch({ server, port, dataFolder, idleLimit }: WatchTask): void {
  const { folder, native, account, throwaway } = server;
  const task: WatchTask = { server: { folder, native, account, throwaway }, port, dataFolder, idleLimit };
  const child = spawn(process.execPath, [ENTRY, JSON.stringify(task)], {
    cwd: '/',
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, SYSTEMROOT: process.env.SYSTEMROOT },
  });
  child.on('error', () => {}); // the next look finds that no watch is there
  child.unref();
}
