#!/usr/bin/env node
/** The entry point of the command line. A StartError ends it with its message and exit code 1. */
import { inspect } from 'node:util';
import { Command } from 'commander';
import { StartError } from '../errors.ts';
import { commands } from './commands.ts';
import { collectWithoutWaiting } from './garbage-collection.ts';
import { installedVersion } from './version.ts';

collectWithoutWaiting();
const program = new Command('slotwire')
  .description('Self-hosted availability gateway. Configured by the environment; see docs/configuration.md.')
  .version(installedVersion(), '-V, --version', 'print the version')
  .showHelpAfterError('(slotwire --help lists the commands)');
for (const command of commands) program.addCommand(command);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof StartError ? error.message : inspect(error)}\n`);
  process.exit(1);
}
