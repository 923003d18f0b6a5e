/** The headers that protect an answer's reader: the same on every answer, whatever answers. */
import type { ServerResponse } from 'node:http';
import type { WidgetSources } from '../booking/challenge/widget-provider.ts';

/** A year, as browsers' own lists of sites want at least. Seconds. */
const HSTS_AGE = 31_536_000;

/** Features of the browser that no page of ours uses. */
const UNUSED_FEATURES = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'usb',
];

/** For what is no page: should a browser show it all the same, no script in it runs, and no page may frame it. */
const NO_PAGE =
  "script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface AnswerHeaders {
  /** Sets the headers, which the answer's own ones may replace. */
  apply(response: ServerResponse): void;
  /** The headers as lines of HTTP/1.1, for answers that are written past Node's server. */
  lines: readonly string[];
}

/** @param publicUrl PUBLIC_URL: behind https, browsers shall come by https alone. */
export function createAnswerHeaders(publicUrl: string): AnswerHeaders {
  const headers: [name: string, value: string][] = [
    ['X-Content-Type-Options', 'nosniff'],
    ['Referrer-Policy', 'no-referrer'],
    ['Permissions-Policy', UNUSED_FEATURES.map((feature) => `${feature}=()`).join(', ')],
    ['Content-Security-Policy', NO_PAGE],
  ];
  if (new URL(publicUrl).protocol === 'https:') {
    headers.push(['Strict-Transport-Security', `max-age=${HSTS_AGE}`]);
  }
  return {
    apply(response) {
      for (const [name, value] of headers) response.setHeader(name, value);
    },
    lines: headers.map(([name, value]) => `${name}: ${value}`),
  };
}

/** Who may show a page in a frame (CSP `frame-ancestors`): a list of sources, or `'none'`. */
export type FrameAncestors = string;

export const NO_FRAMES: FrameAncestors = "'none'";

const OWN_ORIGIN: WidgetSources = { script: '', style: '', connect: '', frame: '' };

/** Of a page that loads what it needs from its own origin, and from those that are named. */
function pageSources(widget: WidgetSources, styles = ''): string {
  const { script, style, connect, frame } = widget;
  const directives = {
    'default-src': "'none'",
    'script-src': `'self' ${script}`,
    'style-src': `'self' ${[style, styles].filter((sources) => sources !== '').join(' ')}`,
    'img-src': "'self' data:",
    'connect-src': `'self' ws: wss: ${connect}`,
    ...(frame ? { 'frame-src': frame } : {}),
    'base-uri': "'none'",
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.trim()}`)
    .join('; ');
}

/** The policy of a page without a form. */
export const pagePolicy = () =>
  `${pageSources(OWN_ORIGIN)}; form-action 'none'; frame-ancestors ${NO_FRAMES}`;

/**
 * Of a booking page, whose forms lead to itself where no script runs.
 * @param widget of a provider of challenges, which it may show
 * @param styles digests of style sheets within the page
 */
export const bookingPagePolicy = (frames: FrameAncestors, widget: WidgetSources = OWN_ORIGIN, styles = '') =>
  `${pageSources(widget, styles)}; form-action 'self'; frame-ancestors ${frames}`;

/** @param targets where forms may lead, redirects included, as Chromium has it */
export const formPolicy = (targets: string) =>
  `${pageSources(OWN_ORIGIN)}; form-action ${targets}; frame-ancestors ${NO_FRAMES}`;

/**
 * Whose pages may frame a booking page.
 * @param origins EMBED_ORIGINS; undefined: every page may, but only one that is asked for as an embedded page
 */
export function framesOfBookingPage(
  origins: readonly string[] | undefined,
  isEmbedded: boolean,
): FrameAncestors {
  if (!origins) return isEmbedded ? '*' : NO_FRAMES;
  return origins.length > 0 ? origins.join(' ') : NO_FRAMES;
}
