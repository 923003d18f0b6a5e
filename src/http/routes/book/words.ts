/** What the server writes of an event type: for people whose browser runs no script, and for previews of links. */
import type { Scheduling } from '../../../availability/rules.ts';
import { textParts } from '../../../form/rich-text.ts';
import type { PublicEventType } from '../../../store/rules/public-pages.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../../time/clock.ts';

const UNITS = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', SECOND],
] as const;

/** @param ms 5,400,000: "1 hour 30 minutes" */
export function durationWords(ms: number): string {
  let rest = ms;
  const words: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) words.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  return words.join(' ');
}

/** Hosts of a large team that are named; the rest are counted. */
const NAMED = 4;

const fewOf = (names: readonly string[]): readonly string[] => {
  const rest = names.length - NAMED;
  return rest > 1 ? [...names.slice(0, NAMED), `${rest} others`] : names;
};

/** "Ada, Bo, and Cy" */
export const namesList = (names: readonly string[]): string =>
  new Intl.ListFormat('en', { type: 'conjunction' }).format(fewOf(names));

/** "with Ada and Bo", "with any of Ada, Bo, or Cy"; empty without hosts */
function hostsWords(scheduling: Scheduling, names: readonly string[]): string {
  if (names.length < 2) return names.map((name) => `with ${name}`).join('');
  if (scheduling === 'ROUND_ROBIN') {
    return `with any of ${new Intl.ListFormat('en', { type: 'disjunction' }).format(fewOf(names))}`;
  }
  return `with ${scheduling === 'QUORUM' ? 'some of ' : ''}${namesList(names)}`;
}

/** "15 minutes", "30 minutes or 1 hour": the lengths that a visitor may choose from */
const lengthsWords = (lengths: readonly number[]): string =>
  new Intl.ListFormat('en', { type: 'disjunction' }).format(lengths.map(durationWords));

/** "30 minutes · with Ada" */
export const factsLine = ({ rules, hosts }: PublicEventType): string =>
  [lengthsWords(rules.lengths), hostsWords(rules.scheduling, hosts)]
    .filter((text) => text !== '')
    .join(' · ');

/** Words of a description in which links are only their words: where the whole card is a link already, and where none can be. */
export const plainWords = (description: string): string =>
  textParts(description)
    .map(({ text }) => text)
    .join('');

/** What a preview shows of a description. Characters. */
const EXCERPT = 200;

/** The beginning of a description in one line, up to the end of a word. */
export function excerptOf(description: string): string {
  const line = plainWords(description).replace(/\s+/g, ' ').trim();
  if (line.length <= EXCERPT) return line;
  const cut = line.slice(0, EXCERPT).toWellFormed();
  const end = cut.lastIndexOf(' ');
  return `${end > EXCERPT / 2 ? cut.slice(0, end) : cut}…`;
}
