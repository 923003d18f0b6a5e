/** Whether a process may hold open as many sockets as a benchmark wants: the limit is the operator's to raise. */

/** Files, pipes and libraries beside the sockets. */
const BESIDE = 150;

/** @returns what to do about it, when it may not */
export function tooFewFiles(sockets: number): string | null {
  const report = process.report?.getReport() as { userLimits?: { open_files?: { soft?: number | string } } };
  const limit = Number(report.userLimits?.open_files?.soft);
  if (!(limit < sockets + BESIDE)) return null;
  return `${sockets} sockets need ${sockets + BESIDE} open files, and ${limit} are allowed: raise the limit (ulimit -n) or ask for fewer.`;
}
