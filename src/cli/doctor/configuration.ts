/** The configuration: its faults by name, what would not work as it is, and what is on and off. */
import type { Config, ExaminedConfig } from '../../config.ts';
import { type Finding, findingsOf } from './finding.ts';

const { ok, warning, failed } = findingsOf('configuration');

export function diagnoseConfiguration({ config, faults }: ExaminedConfig): Finding[] {
  const found = [
    ...faults.map((fault) => failed(fault, 'No command starts until this is right (docs/configuration.md).')),
    ...publicUrlWarnings(config, faults),
    ...otherWarnings(config),
  ];
  return found.length > 0 ? found : [ok('every variable is right')];
}

/** Whether the address means this machine alone. */
const isLoopback = (url: URL) => /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);

function publicUrlWarnings(config: Config, faults: readonly string[]): Finding[] {
  if (isWrong(faults, 'PUBLIC_URL')) return [];
  const url = new URL(config.PUBLIC_URL);
  const [tls, loopback] = [url.protocol === 'https:', isLoopback(url)];
  const found: Finding[] = [];
  if (!tls && !loopback) {
    found.push(
      warning(
        `PUBLIC_URL ${url.origin} is neither https nor this machine: keys and addresses cross the network in clear, and Google and Microsoft refuse to return and to notify there`,
        'Put a proxy that speaks TLS in front (docs/operations.md, Behind a proxy), and begin PUBLIC_URL with https://.',
      ),
    );
  }
  const notified = [
    ...(config.GOOGLE_CLIENT_ID && config.GOOGLE_API_URL.startsWith('https:') ? ['Google'] : []),
    ...(config.MICROSOFT_CLIENT_ID && config.MICROSOFT_GRAPH_URL.startsWith('https:') ? ['Microsoft'] : []),
  ];
  if (loopback && notified.length > 0) {
    found.push(
      warning(
        `PUBLIC_URL ${url.origin} is this machine alone: ${notified.join(' and ')} can't notify of changes, so calendars are only polled`,
        'Set PUBLIC_URL to an https address that the internet reaches.',
      ),
    );
  }
  if (tls && config.TRUSTED_PROXIES.length === 0) {
    found.push(
      warning(
        'PUBLIC_URL is https, so a proxy stands in front, but TRUSTED_PROXIES names none: all visitors count as one address',
        'Set TRUSTED_PROXIES to the address of the proxy.',
      ),
    );
  }
  return found;
}

function otherWarnings(config: Config): Finding[] {
  if (!config.ALLOW_LOST_KEYS) return [];
  return [
    warning(
      'ALLOW_LOST_KEYS is true: a start with keys that open nothing goes unnoticed',
      'Take it out once the hosts have connected again.',
    ),
  ];
}

/** The variable, or the file in its place, is among the faults. */
export const isWrong = (faults: readonly string[], variable: string): boolean =>
  faults.some((fault) => fault.startsWith(`${variable}:`) || fault.startsWith(`${variable}_FILE:`));

interface Feature {
  name: string;
  /** Variables that turn it on, all of them. */
  needs: (keyof Config)[];
}

const FEATURES: readonly Feature[] = [
  { name: 'Google', needs: ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'] },
  { name: 'Microsoft', needs: ['MICROSOFT_CLIENT_ID', 'MICROSOFT_CLIENT_SECRET'] },
  { name: 'mail to visitors and hosts', needs: ['SMTP_URL', 'MAIL_FROM'] },
  { name: 'invitations by mail', needs: ['INBOUND_MAIL_SECRET'] },
  { name: 'a second process', needs: ['DATABASE_URL', 'REDIS_URL'] },
];

/** What is on and what is off, and by which variables it is turned on. Nothing of it is a fault. */
export function diagnoseFeatures(config: Config): Finding[] {
  const missing = ({ needs }: Feature) => needs.filter((name) => config[name] === undefined);
  const on = FEATURES.filter((feature) => missing(feature).length === 0).map(({ name }) => name);
  const off = FEATURES.flatMap((feature) => {
    const names = missing(feature);
    return names.length === 0 ? [] : `${feature.name} (set ${names.join(' and ')})`;
  });
  const hasMetrics = config.METRICS_TOKEN !== undefined || config.METRICS_PORT !== undefined;
  if (hasMetrics) on.push('metrics');
  else off.push('metrics (set METRICS_TOKEN or METRICS_PORT)');
  const parts = [
    `on: ${['CalDAV', 'feeds', ...on].join(', ')}`,
    ...(off.length > 0 ? [`off: ${off.join(', ')}`] : []),
  ];
  return [findingsOf('features').ok(parts.join('; '))];
}
