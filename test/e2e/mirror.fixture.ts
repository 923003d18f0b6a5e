/** What one viewer holds who applies every event to the letter, and each rule of the contract that an event broke. */
import type { Ask } from './client.fixture.ts';

export interface MirrorSlot {
  start: string;
  [field: string]: unknown;
}

interface Facts {
  complete: boolean;
  issues: { code: string; host: string | null; calendar: string | null; message: string }[];
}

export interface MirrorAnswer extends Facts {
  etag: string;
  slots: MirrorSlot[];
}

export type MirrorEvent =
  | { __typename: 'AvailabilitySnapshot'; etag: string; availability: MirrorAnswer }
  | ({
      __typename: 'AvailabilityDelta';
      fromEtag: string;
      etag: string;
      added: MirrorSlot[];
      removed: MirrorSlot[];
    } & Facts);

/** What is asked of a slot; each makes a document of its own. */
export const SELECTIONS = ['start', 'start end seatsLeft', 'start seatsLeft hosts { id name slug }'] as const;

const FACTS = 'etag complete issues { code host calendar message }';

export const liveDocument = (slots: string) => `
  subscription ($input: AvailabilityInput!, $resumeAfter: String) {
    availability(input: $input, resumeAfter: $resumeAfter) {
      __typename
      ... on AvailabilitySnapshot { etag availability { ${FACTS} slots { ${slots} } } }
      ... on AvailabilityDelta { fromEtag ${FACTS} added { ${slots} } removed { ${slots} } }
    }
  }`;

export const nowDocument = (slots: string) =>
  `query ($input: AvailabilityInput!) { availability(input: $input) { ${FACTS} slots { ${slots} } } }`;

export interface Mirror {
  /** The viewer subscribes anew after what it holds: the first event may say that again, where no gateway knows what it received. */
  resume(): void;
  apply(event: MirrorEvent): void;
  /** What the query would answer, as far as this viewer knows; null before the first snapshot. */
  held(): MirrorAnswer | null;
  etag(): string | null;
  /** Each event in short: `= etag`, or `etag > etag`. */
  received: string[];
  faults: string[];
}

/** @param known slots that etags stand for, as other viewers of the same words and window saw them */
export function createMirror(known = new Map<string, string>()): Mirror {
  const received: string[] = [];
  const faults: string[] = [];
  const slots = new Map<string, MirrorSlot>();
  let facts: Facts = { complete: false, issues: [] };
  let etag: string | null = null;
  let mayRepeat = false;
  const held = () => (etag === null ? null : { etag, ...facts, slots: inOrder(slots) });

  function step(event: MirrorEvent & { __typename: 'AvailabilityDelta' }) {
    if (event.fromEtag !== etag) faults.push(`the chain broke: ${event.fromEtag} after ${etag}`);
    for (const slot of event.removed) {
      if (JSON.stringify(slots.get(slot.start)) !== JSON.stringify(slot))
        faults.push(`${JSON.stringify(slot)} was taken away, and not held`);
      slots.delete(slot.start);
    }
    for (const slot of event.added) {
      if (slots.has(slot.start)) faults.push(`${slot.start} was added, and held`);
      slots.set(slot.start, slot);
    }
    facts = { complete: event.complete, issues: event.issues };
  }

  return {
    received,
    faults,
    held,
    etag: () => etag,
    resume() {
      mayRepeat = true;
    },
    apply(event) {
      const before = JSON.stringify(held());
      if (event.__typename === 'AvailabilityDelta') {
        received.push(`${event.fromEtag} > ${event.etag}`);
        step(event);
      } else {
        received.push(`= ${event.etag}`);
        slots.clear();
        for (const slot of event.availability.slots) slots.set(slot.start, slot);
        facts = { complete: event.availability.complete, issues: event.availability.issues };
      }
      ({ etag } = event);
      if (JSON.stringify(held()) === before && !mayRepeat) faults.push(`sent twice: ${received.at(-1)}`);
      mayRepeat = false;
      const text = JSON.stringify(inOrder(slots));
      if ((known.get(etag) ?? text) !== text) faults.push(`${etag} stands for other slots at another viewer`);
      known.set(etag, text);
    },
  };
}

const inOrder = (slots: Map<string, MirrorSlot>) =>
  [...slots.values()].sort((a, b) => (a.start < b.start ? -1 : 1));

export const answerNow = async (ask: Ask, slots: string, input: object): Promise<MirrorAnswer> => {
  const { availability } = await ask<{ availability: MirrorAnswer }>(nowDocument(slots), { input });
  const { etag, complete, issues } = availability;
  return { etag, complete, issues, slots: availability.slots };
};
