/** What the server writes of an event type: for people whose browser runs no script, and for previews of links. */
import type { Scheduling } from '../../../availability/rules.ts';
import { textParts } from '../../../form/rich-text.ts';
import type { Words } from '../../../languages/words.ts';
import type { PublicEventType } from '../../../store/rules/public-pages.ts';

/** Hosts of a large team that are named; the rest are counted. */
const NAMED = 4;

const fewOf = (names: readonly string[], { say }: Words): readonly string[] => {
  const rest = names.length - NAMED;
  return rest > 1 ? [...names.slice(0, NAMED), say('hosts.others', { count: rest })] : names;
};

/** "Ada, Bo, and Cy" */
export const namesList = (names: readonly string[], words: Words): string =>
  words.list(fewOf(names, words), 'conjunction');

/** "with Ada and Bo", "with any of Ada, Bo, or Cy"; empty without hosts */
function hostsWords(scheduling: Scheduling, names: readonly string[], words: Words): string {
  if (names.length === 0) return '';
  const all = namesList(names, words);
  if (names.length === 1) return words.say('hosts.with', { hosts: all });
  const hosts =
    scheduling === 'ROUND_ROBIN'
      ? words.say('hosts.any', { hosts: words.list(fewOf(names, words), 'disjunction') })
      : scheduling === 'QUORUM'
        ? words.say('hosts.some', { hosts: all })
        : all;
  return words.say('hosts.with', { hosts });
}

/** "15 minutes", "30 minutes or 1 hour": the lengths that a visitor may choose from */
const lengthsWords = (lengths: readonly number[], words: Words): string =>
  words.list(lengths.map(words.duration), 'disjunction');

/** "30 minutes · with Ada" */
export const factsLine = ({ rules, hosts }: PublicEventType, words: Words): string =>
  [lengthsWords(rules.lengths, words), hostsWords(rules.scheduling, hosts, words)]
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
