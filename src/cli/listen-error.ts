/** Errors of a server that can't listen, as a message for the operator. */
import { createServer } from 'node:net';
import { StartError } from '../errors.ts';

/** @param setting the variable or option that sets the port. @returns a StartError; errors of another kind unchanged. */
export function listenError(error: unknown, host: string, port: number, setting: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new StartError(
      `Port ${port} on ${host} is taken. Stop what listens there, or set ${setting} to another one.`,
    );
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    return new StartError(`Can't listen on ${host}:${port} (${code}). Choose another address or ${setting}.`);
  }
  return error;
}

/** Checks that a port is free before anything else is started. @throws StartError */
export async function checkPort(host: string, port: number, setting: string): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(port, host, resolve);
    });
  } catch (error) {
    throw listenError(error, host, port, setting);
  }
  await new Promise((resolve) => probe.close(resolve));
}
