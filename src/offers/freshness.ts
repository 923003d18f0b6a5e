/** Age of an answer by source, and the hosts that the policy lets be offered in spite of it. */
import type { StalePolicy } from '../availability/rules.ts';
import {
  type AgeBound,
  assessSource,
  type Basis,
  ISSUE_MESSAGE,
  type Issue,
  type IssueCode,
  isFromTheFuture,
} from '../calendars/source.ts';
import type { Instant } from '../time/clock.ts';
import type { HostSources } from './sources.ts';

export interface SourceFreshness {
  host: string;
  calendar: string;
  provenAsOf: Instant | null;
  basis: Basis;
  coveredFrom: Instant | null;
  coveredTo: Instant | null;
}

export interface Freshness {
  /** Every provider change before this instant is in the answer; null: some calendar was never read, or its age isn't known. */
  provenAsOf: Instant | null;
  sources: SourceFreshness[];
}

export interface FreshnessReport {
  freshness: Freshness;
  issues: Issue[];
  complete: boolean;
  /** Ids of the hosts that the policy allows to be offered. */
  usable: ReadonlySet<string>;
  /** Instant at which time alone changes the assessment; null for never. */
  changesAt: Instant | null;
}

export function assessFreshness(
  hosts: readonly HostSources[],
  window: { from: Instant; to: Instant },
  now: Instant,
  policy: AgeBound & { onStale: StalePolicy },
): FreshnessReport {
  const issues: Issue[] = [];
  const sources: SourceFreshness[] = [];
  const usable = new Set<string>();
  let complete = true;
  let provenAsOf: Instant | null = now;
  let changesAt: Instant | null = null;
  for (const { host, calendars } of hosts) {
    let hostUsable = true;
    const addIssue = (code: IssueCode, calendar: string | null) =>
      issues.push({
        code,
        host: host.id,
        calendar,
        message: code === 'SOURCE_STALE' && policy.clockUntrusted ? UNTRUSTED_MESSAGE : ISSUE_MESSAGE[code],
      });
    if (calendars.length === 0) addIssue('NO_CALENDARS', null);
    for (const { id, source } of calendars) {
      const assessment = assessSource(source, window, now, policy);
      for (const code of assessment.issues) addIssue(code, id);
      complete &&= assessment.complete;
      hostUsable &&= assessment.usable[policy.onStale];
      const proof = knownProof(source.provenAsOf, now);
      provenAsOf =
        provenAsOf === null || proof === null || policy.clockUntrusted ? null : Math.min(provenAsOf, proof);
      changesAt = earlier(changesAt, assessment.changesAt);
      const { basis, coveredFrom, coveredTo } = source;
      sources.push({
        host: host.id,
        calendar: id,
        provenAsOf: proof,
        basis,
        coveredFrom,
        coveredTo,
      });
    }
    if (hostUsable) usable.add(host.id);
  }
  return { freshness: { provenAsOf, sources }, issues, complete, usable, changesAt };
}

/** Of SOURCE_STALE, when it isn't the calendar that is to blame. */
const UNTRUSTED_MESSAGE =
  "How old this calendar is can't be known now: the clock of this gateway differs from its database's.";

/** An instant from the future proves nothing. */
const knownProof = (provenAsOf: Instant | null, now: Instant): Instant | null =>
  provenAsOf === null || isFromTheFuture(provenAsOf, now) ? null : provenAsOf;

export const earlier = (a: Instant | null, b: Instant | null): Instant | null =>
  a === null ? b : b === null ? a : Math.min(a, b);
