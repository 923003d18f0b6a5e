import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { atOnce } from '../../src/async/event-loop.ts';
import { slotsEtag } from '../../src/offers/slot-list.ts';
import { slotsOf } from '../live/stage.fixture.ts';

const QUESTION = { eventType: 'et_1', from: 1, to: 2 };
const team = (size: number) =>
  Array.from({ length: size }, (_, i) => ({ id: `host_${i}`, name: `Ada 会 "${i}"`, slug: `ada-${i}` }));

it('The etag of slots is the hash of question, teams and columns, and gateways of any version agree on it', () => {
  for (const teams of [[], [team(2)], [team(0), team(3), team(1)]]) {
    const slots = { ...slotsOf([60_000, 120_000], 3), teams };
    const hash = createHash('sha256').update(JSON.stringify(['et_1', 1, 2, slots.length, teams]));
    for (const column of [slots.starts, slots.seats, slots.teamOf])
      hash.update(new Uint8Array(column.buffer));
    expect(atOnce(slotsEtag(QUESTION, slots))).toBe(hash.digest('base64url').slice(0, 22));
  }
});

it('the hash of many large teams leaves the event loop its turn', () => {
  const teams = Array.from({ length: 100 }, () => team(1_000));
  let turns = 0;
  for (const work = slotsEtag(QUESTION, { ...slotsOf([60_000]), teams }); !work.next().done; ) turns++;
  expect(turns).toBe(10);
});
