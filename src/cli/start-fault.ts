/** What an operator reads when a server can't listen. */
import { createServer } from 'node:net';
import { StartError } from '../errors.ts';

/** `setting`: what names the port. Errors of another kind come back as they are. */
export function startFault(error: unknown, host: string, port: number, setting: string): unknown {
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

/** Tells of a taken port before anything else is started. @throws StartError */
export async function checkPort(host: string, port: number, setting: string): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(port, host, resolve);
    });
  } catch (error) {
    throw startFault(error, host, port, setting);
  }
  await new Promise((resolve) => probe.close(resolve));
}
