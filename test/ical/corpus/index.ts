import { OVERRIDE_CASES } from './overrides.ts';
import { RULE_CASES } from './rules.ts';
import { SET_CASES } from './sets.ts';
import { TIME_CASES } from './times.ts';
import { ZONE_CASES } from './zones.ts';

export { type CorpusCase, calendarOf, event } from './case.ts';

export const CORPUS = [...RULE_CASES, ...SET_CASES, ...OVERRIDE_CASES, ...TIME_CASES, ...ZONE_CASES];
