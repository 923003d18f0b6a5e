import { expect, it } from 'vitest';
import { parseFrameMessage } from '../../../src/web/embed/messages.ts';

const detail = {
  booking: 'bkg_1',
  start: '2026-12-01T10:00:00.000Z',
  end: '2026-12-01T10:30:00.000Z',
  hosts: [],
};

it.each([
  [{ type: 'slotwire:ready', detail: 'more' }, { type: 'slotwire:ready' }],
  [
    { type: 'slotwire:booked', detail },
    { type: 'slotwire:booked', detail },
  ],
  [
    { type: 'slotwire:height', height: 812.2 },
    { type: 'slotwire:height', height: 813 },
  ],
  [
    { type: 'slotwire:sight', top: 0, bottom: 80 },
    { type: 'slotwire:sight', top: 0, bottom: 80 },
  ],
])('takes %o', (data, message) => {
  expect(parseFrameMessage(data)).toEqual(message);
});

it.each([
  null,
  undefined,
  'slotwire:ready',
  {},
  { type: 'ready' },
  { type: 'slotwire:hello' },
  { type: 'slotwire:booked' },
  { type: 'slotwire:booked', detail: null },
  { type: 'slotwire:height' },
  { type: 'slotwire:height', height: '100' },
  { type: 'slotwire:height', height: -1 },
  { type: 'slotwire:height', height: 1e9 },
  { type: 'slotwire:sight', top: 0 },
  { type: 'slotwire:sight', top: 0, bottom: Number.POSITIVE_INFINITY },
  { type: 'slotwire:height', height: Number.NaN },
  { type: ['slotwire:ready'] },
])('leaves %o alone', (data) => {
  expect(parseFrameMessage(data)).toBeNull();
});
