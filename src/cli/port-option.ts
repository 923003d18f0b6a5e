/** A port on the command line. */
import { InvalidArgumentError, Option } from 'commander';

export const portOption = (flags: string, description: string, otherwise: number) =>
  new Option(flags, description).default(otherwise).argParser((text: string) => {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (port <= 65_535) return port;
    throw new InvalidArgumentError('A port is a number up to 65535.');
  });
