import { describe, expect, it } from 'vitest';
import {
  bookingHeading,
  cancelledInWords,
  changeInWords,
  eventTypeHostsInWords,
  hostsInWords,
  incompleteNotice,
  invitationInWords,
  lengthInWords,
  movedInWords,
  offeringHostsInWords,
} from '../../../src/web/booking/wording.ts';
import type { Scheduling } from '../../../src/web/gql/documents.ts';

it.each([
  ['PT30M', '30 minutes'],
  ['PT1H', '1 hour'],
  ['PT90M', '1 hour 30 minutes'],
  ['P1DT2H', '1 day 2 hours'],
  ['P1W', '7 days'],
  ['soon', 'soon'],
])('writes the duration %s as %s', (duration, words) => {
  expect(lengthInWords(duration)).toBe(words);
});

it('names all hosts, or any of them', () => {
  expect(hostsInWords(['Ada'])).toBe('Ada');
  expect(hostsInWords(['Ada', 'Bo', 'Cy'])).toBe('Ada, Bo, and Cy');
});

it.each<[Scheduling, string[], string]>([
  ['SINGLE', ['Ada'], 'Ada'],
  ['COLLECTIVE', ['Ada', 'Bo'], 'Ada and Bo'],
  ['ROUND_ROBIN', ['Ada'], 'Ada'],
  ['ROUND_ROBIN', ['Ada', 'Bo', 'Cy'], 'any of Ada, Bo, or Cy'],
  ['QUORUM', ['Ada', 'Bo', 'Cy'], 'some of Ada, Bo, and Cy'],
  ['ROUND_ROBIN', ['A', 'B', 'C', 'D', 'E'], 'any of A, B, C, D, or E'],
  ['ROUND_ROBIN', ['A', 'B', 'C', 'D', 'E', 'F'], 'any of A, B, C, D, or 2 others'],
])('names the hosts of a %s event type', (scheduling, names, words) => {
  expect(eventTypeHostsInWords(scheduling, names)).toBe(words);
});

it('names the one host of a slot and counts several, when not every host offers it', () => {
  const team = ['Ada', 'Bo', 'Cy', 'Di'].map((name) => ({ id: name, name }));
  const shared = { scheduling: 'ROUND_ROBIN', hosts: team } as const;
  expect(offeringHostsInWords(shared, team)).toBeNull();
  expect(offeringHostsInWords(shared, team.slice(3))).toEqual({ label: 'Di', names: 'Di' });
  expect(offeringHostsInWords(shared, team.slice(1))).toEqual({ label: '3 hosts', names: 'Bo, Cy, and Di' });
  expect(offeringHostsInWords({ scheduling: 'COLLECTIVE', hosts: team }, team.slice(1))).toBeNull();
});

it('promises an invitation only when one is sent', () => {
  expect(invitationInWords('PENDING', 'g@example.net', 'booked')).toBe(
    'The calendar invitation comes by e-mail to g@example.net.',
  );
  expect(invitationInWords('WRITTEN', 'g@example.net', 'moved')).toContain('changed calendar invitation');
  expect(invitationInWords('NATIVE', 'g@example.net', 'booked')).toBe('');
  expect(invitationInWords('FAILED', 'g@example.net', 'booked')).toBe('');
});

it('writes the state of a booking into its heading', () => {
  expect(bookingHeading('CONFIRMED', false, 'booked')).toBe('You are booked');
  expect(bookingHeading('CONFIRMED', false, 'moved')).toBe('Your booking was moved');
  expect(bookingHeading('CONFIRMED', false, null)).toBe('Your booking');
  expect(bookingHeading('CONFIRMED', true, 'booked')).toBe('This booking is over');
  expect(bookingHeading('CANCELLED', true, 'booked')).toBe('This booking was cancelled');
  expect(bookingHeading('PENDING', false, 'booked')).toBe('Your request was sent');
  expect(bookingHeading('DECLINED', true, null)).toBe('This request was declined');
});

it('says who cancelled or moved a booking', () => {
  expect(cancelledInWords('VISITOR', ['Ada'])).toBe('You cancelled it.');
  expect(cancelledInWords('HOST', ['Ada'])).toBe('Ada cancelled it.');
  expect(cancelledInWords('HOST', ['Ada', 'Bo'])).toBe('One of the hosts cancelled it.');
  expect(cancelledInWords('OPERATOR', ['Ada'])).toBe('The organiser cancelled it.');
  expect(cancelledInWords(null, ['Ada'])).toBe('It was cancelled.');
  expect(movedInWords('HOST', ['Ada'], 'Monday, 10:00')).toBe(
    'Ada moved it. Before, it was on Monday, 10:00.',
  );
});

it.each([
  [1, 2, '1 time added, 2 removed'],
  [3, 0, '3 times added'],
  [0, 1, '1 time removed'],
  [0, 0, ''],
])('announces %i added and %i removed', (added, removed, words) => {
  expect(changeInWords({ added: Array(added).fill(0), removed: Array(removed).fill(0) })).toBe(words);
});

describe('the notice', () => {
  it('shows no notice for a complete answer, also of a host without calendars', () => {
    expect(incompleteNotice({ complete: true, issues: [] })).toBeNull();
    expect(incompleteNotice({ complete: true, issues: [{ code: 'NO_CALENDARS' }] })).toBeNull();
  });

  it('names unreadable calendars in the notice, without codes', () => {
    const words = 'Some calendars could not be read just now; times may be missing.';
    expect(incompleteNotice({ complete: false, issues: [] })).toBe(words);
    expect(incompleteNotice({ complete: true, issues: [{ code: 'SOURCE_STALE' }] })).toBe(words);
    const both = [{ code: 'OUTSIDE_COVERAGE' }, { code: 'SOURCE_UNREACHABLE' }] as const;
    expect(incompleteNotice({ complete: false, issues: both })).toBe(words);
  });

  it('does not say of a calendar whose grant was revoked that it is a matter of a moment', () => {
    for (const issues of [
      [{ code: 'SOURCE_AUTH_REVOKED' }],
      [{ code: 'SOURCE_STALE' }, { code: 'SOURCE_AUTH_REVOKED' }],
    ] as const) {
      const words = incompleteNotice({ complete: false, issues });
      expect(words).toContain('no longer connected');
      expect(words).not.toContain('just now');
    }
  });

  it('names days too far ahead in the notice', () => {
    expect(incompleteNotice({ complete: false, issues: [{ code: 'OUTSIDE_COVERAGE' }] })).toContain(
      'too far ahead',
    );
  });
});
