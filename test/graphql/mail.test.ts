import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import { makeEventType, makeHost, refusal, secondOrganisation } from './world.fixture.ts';

let stack: Stack;
beforeAll(async () => {
  // No worker runs, so that all mails wait.
  const env = { SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'bookings@example.com' };
  stack = await startStack({ sync: false, env });
}, 60_000);
afterAll(() => stack?.close());

const LIST = `query ($status: MailStatus) { mails(first: 10, status: $status) { edges { node {
  id kind status to booking { id token } attempts responseCode error nextAttemptAt endedAt } } } }`;

interface Listed {
  mails: { edges: { node: { id: string; kind: string } }[] };
}

describe('mails of an organisation', () => {
  it('are listed for its admins, by what became of them, and for nobody else', async () => {
    const { admin, anyone } = stack;
    const host = await makeHost(admin, 'ada');
    const eventType = await makeEventType(admin, host, 'intro');
    const { holdSlot } = await anyone<{ holdSlot: { token: string } }>(
      'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { ... on SlotHold { token } } }',
      { input: { eventType, start: testDay().iso('10:00')[0] } },
    );
    const { confirmBooking } = await anyone<{ confirmBooking: { id: string } }>(
      'mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { ... on Booking { id } } }',
      { input: { hold: holdSlot.token, name: 'Eve', email: 'eve@example.org', timeZone: 'UTC' } },
    );
    const all = await admin<Listed>(LIST);
    const [mail] = all.mails.edges.map(({ node }) => node);
    expect(mail).toEqual({
      ...{ id: expect.stringMatching(/^mail_/), kind: 'BOOKED', status: 'PENDING', to: 'eve@example.org' },
      booking: { id: confirmBooking.id, token: null },
      ...{ attempts: 0, responseCode: null, error: null, nextAttemptAt: expect.any(String), endedAt: null },
    });
    expect((await admin<Listed>(LIST, { status: 'FAILED' })).mails.edges).toEqual([]);
    const query = 'query ($id: ID!) { node(id: $id) { ... on Mail { kind } } }';
    expect(await admin(query, { id: mail?.id })).toEqual({ node: { kind: 'BOOKED' } });
    expect(await refusal(anyone(LIST))).toMatchObject({ code: 'UNAUTHENTICATED' });
    const other = await secondOrganisation(stack);
    expect(await other.ask(LIST)).toEqual({ mails: { edges: [] } });
    expect(await refusal(other.ask(query, { id: mail?.id }))).toMatchObject({ code: 'NOT_FOUND' });
  });
});
