#!/usr/bin/env node
/** The command line. Each command is a file; faults that an operator can mend end it with one message, exit 1. */
import { Command } from 'commander';
import { StartError } from '../errors.ts';
import { demo } from './demo.ts';
import { key } from './key.ts';
import { migrateCommand } from './migrate.ts';
import { replay } from './replay.ts';
import { serve } from './serve.ts';
import { simulate } from './simulate.ts';
import { worker } from './worker.ts';

const program = new Command('slotwire')
  .description('Self-hosted availability gateway. Configured by the environment; see docs/configuration.md.')
  .showHelpAfterError('(slotwire --help lists the commands)')
  .addCommand(serve)
  .addCommand(worker)
  .addCommand(demo)
  .addCommand(migrateCommand)
  .addCommand(simulate)
  .addCommand(replay)
  .addCommand(key);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
