/** The report of `slotwire doctor`, for people and for programs. */
import type { Finding, FindingStatus } from './finding.ts';

export interface Report {
  /** Of Slotwire. */
  version: string;
  findings: readonly Finding[];
}

const count = ({ findings }: Report, status: FindingStatus) =>
  findings.filter((finding) => finding.status === status).length;

/** Whether the command ends with code 0: warnings alone are no failure. */
export const isHealthyReport = (report: Report): boolean => count(report, 'failed') === 0;

/** One line for each finding; what to do stands below it, after an arrow. */
export function formatReport(report: Report): string {
  const { findings, version } = report;
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, status, finding, advice }) => [
    `${status.padEnd(7)}  ${check.padEnd(width)}  ${finding}`,
    ...(advice === null ? [] : [`${' '.repeat(width + 11)}-> ${advice}`]),
  ]);
  return `${[`Slotwire ${version}`, ...lines, summary(report)].join('\n')}\n`;
}

function summary(report: Report): string {
  const [failed, warnings, skipped] = [
    count(report, 'failed'),
    count(report, 'warning'),
    count(report, 'skipped'),
  ];
  const parts = [`${failed} failed`, `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`];
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return `${failed === 0 ? 'Nothing failed' : 'Something failed'}: ${parts.join(', ')}.`;
}

/** An object with `ok`, `version` and `findings`, each with `check`, `status`, `finding` and `advice` (a text or null). */
export const reportAsJson = (report: Report): string =>
  `${JSON.stringify({ ok: isHealthyReport(report), ...report }, null, 2)}\n`;
