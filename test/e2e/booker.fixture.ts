/** Books as a visitor does, over the public API. */

import { until } from '../harness/eventually.ts';
import type { Ask } from './client.fixture.ts';

export interface Booked {
  id: string;
  token: string;
  status: 'CONFIRMED' | 'CANCELLED' | 'PENDING' | 'DECLINED';
  start: string;
  end: string;
  hosts: { id: string }[];
  writeStatus: 'PENDING' | 'WRITTEN' | 'FAILED' | 'NATIVE';
}

const BOOKED = '__typename ... on Booking { id token status start end hosts { id } writeStatus }';

const ATTENDEE = {
  name: 'Grace Hopper',
  email: 'grace@example.net',
  timeZone: 'America/New_York',
  notes: 'About compilers',
};

/** Methods reject where the answer is no booking. */
export function createBooker(ask: Ask) {
  const booking = (answer: { __typename: string } | null): Booked => {
    if (answer?.__typename !== 'Booking') throw new Error(`no booking: ${JSON.stringify(answer)}`);
    return answer as unknown as Booked;
  };

  const booker = {
    async book(eventType: string, start: string): Promise<Booked> {
      const { holdSlot } = await ask<{ holdSlot: { __typename: string; token?: string } }>(
        `mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { __typename ... on SlotHold { token } } }`,
        { input: { eventType, start } },
      );
      if (!holdSlot.token) throw new Error(`no hold: ${holdSlot.__typename}`);
      const { confirmBooking } = await ask<{ confirmBooking: { __typename: string } }>(
        `mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { ${BOOKED} } }`,
        { input: { hold: holdSlot.token, ...ATTENDEE } },
      );
      return booking(confirmBooking);
    },
    async cancel(token: string): Promise<Booked> {
      const mutation = `mutation ($token: String!) { cancelBooking(token: $token) { ${BOOKED} } }`;
      return booking(
        (await ask<{ cancelBooking: { __typename: string } }>(mutation, { token })).cancelBooking,
      );
    },
    async reschedule(token: string, start: string): Promise<Booked> {
      const mutation = `mutation ($token: String!, $start: DateTime!) {
        rescheduleBooking(token: $token, start: $start) { ${BOOKED} } }`;
      const answer = await ask<{ rescheduleBooking: { __typename: string } }>(mutation, { token, start });
      return booking(answer.rescheduleBooking);
    },
    async read(token: string): Promise<Booked> {
      const query = `query ($token: String!) { booking(token: $token) { ${BOOKED} } }`;
      return booking((await ask<{ booking: { __typename: string } }>(query, { token })).booking);
    },
    /** Once its state in the hosts' calendars is this one. */
    becomes: (token: string, status: Booked['writeStatus']): Promise<Booked> =>
      until(async () => {
        const found = await booker.read(token);
        return found.writeStatus === status && found;
      }),
  };
  return booker;
}
