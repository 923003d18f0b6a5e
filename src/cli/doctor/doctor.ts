/** slotwire doctor: looks over an installation, beside running gateways or without one, and says what is wrong and what to do. */
import { systemClock } from '../../time/clock.ts';
import { diagnose } from './diagnose.ts';
import { formatReport, isHealthyReport, reportAsJson } from './report.ts';

/** Ends the process with code 0, or 1 when something failed: a connection that hangs must not hold it up. */
export async function doctor({ json = false }: { json?: boolean }): Promise<void> {
  const report = await diagnose({ clock: systemClock });
  const text = json ? reportAsJson(report) : formatReport(report);
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  process.exit(isHealthyReport(report) ? 0 : 1);
}
