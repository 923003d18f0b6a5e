/** What Graph may answer to writes, and what it is asked: scripted, and with the simulator's odder ways. */
import { describe, expect, it } from 'vitest';
import { createMicrosoft } from '../../../src/providers/microsoft/index.ts';
import type { OwnEvent } from '../../../src/providers/port.ts';
import { createSimulator } from '../../../src/simulator/simulator.ts';
import { HOUR } from '../../../src/time/clock.ts';
import { countedAccess, failureOf, pagesOf } from '../server.fixture.ts';
import { microsoft, refusal, type Script, server } from './scripted.fixture.ts';

const OWN = "bk_o'1";
const EVENTS = '/v1.0/me/calendars/AAMk=/events';
const EVENT: OwnEvent = {
  start: Date.parse('2026-12-01T09:00:00Z'),
  end: Date.parse('2026-12-01T10:00:00Z'),
  timeZone: 'Europe/Berlin',
  title: 'Interview',
};

async function scripted(answer: Script) {
  const { write } = await microsoft(answer);
  const request = { access: countedAccess(), calendar: { externalId: 'AAMk=' }, ownId: OWN };
  return { write: write ?? expect.fail('no write port'), request };
}

const found = (...ids: string[]) => ({ body: { value: ids.map((id) => ({ id })) } });
const methods = () => server.asked.map(({ method }) => method);
const bodyAt = (index: number) => JSON.parse(server.asked[index]?.body ?? 'null');

describe('creating', () => {
  it('looks for the mark, then makes an event that bears it', async () => {
    const { write, request } = await scripted(({ method }) =>
      method === 'GET' ? found() : { status: 201, body: { id: 'e1' } },
    );
    const attendees = [{ name: 'Guest', email: 'guest@example.net' }];
    const event = { ...EVENT, description: 'Room for <notes>', location: 'Room 5', attendees };
    expect(await write.create({ ...request, event })).toEqual({ externalId: 'e1' });
    expect(server.asked).toMatchObject([
      { method: 'GET', path: EVENTS },
      { method: 'POST', path: EVENTS, headers: { prefer: 'IdType="ImmutableId"' } },
    ]);
    const { singleValueExtendedProperties: marks, ...body } = bodyAt(1);
    expect(marks).toEqual([
      { id: expect.stringMatching(/^String \{[0-9a-f-]{36}\} Name slotwire$/), value: OWN },
    ]);
    expect(server.asked[0]?.query.get('$filter')).toBe(
      `singleValueExtendedProperties/Any(ep: ep/id eq '${marks[0].id}' and ep/value eq 'bk_o''1')`,
    );
    expect(body).toEqual({
      subject: 'Interview',
      showAs: 'busy',
      body: { contentType: 'text', content: 'Room for <notes>' },
      location: { displayName: 'Room 5' },
      attendees: [{ type: 'required', emailAddress: { name: 'Guest', address: 'guest@example.net' } }],
      start: { dateTime: '2026-12-01T10:00:00', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-12-01T11:00:00', timeZone: 'Europe/Berlin' },
      transactionId: `slotwire:${OWN}`,
    });
  });

  it('makes nothing when the mark is found', async () => {
    const { write, request } = await scripted(() => found('e1'));
    expect(await write.create({ ...request, event: EVENT })).toEqual({ externalId: 'e1' });
    expect(methods()).toEqual(['GET']);
  });

  it.each([400, 409])('finds by its mark what a refused transaction (%i) made', async (status) => {
    const { write, request } = await scripted(({ method }) => {
      if (method === 'POST') return refusal(status, 'ErrorDuplicateTransactionId');
      return methods().includes('POST') ? found('e1') : found();
    });
    expect(await write.create({ ...request, event: EVENT })).toEqual({ externalId: 'e1' });
    expect(methods()).toEqual(['GET', 'POST', 'GET']);
  });

  it('makes it without a transaction when what that had made is gone', async () => {
    const { write, request } = await scripted(({ method, body }) => {
      if (method === 'GET') return found();
      return body.includes('transactionId')
        ? refusal(409, 'ErrorDuplicateTransactionId')
        : { status: 201, body: { id: 'e2' } };
    });
    expect(await write.create({ ...request, event: EVENT })).toEqual({ externalId: 'e2' });
    expect(bodyAt(3).singleValueExtendedProperties).toMatchObject([{ value: OWN }]);
  });

  it('does not take another conflict for its own', async () => {
    const { write, request } = await scripted(({ method }) =>
      method === 'GET' ? found() : refusal(409, 'ConcurrentItemSave'),
    );
    expect(await failureOf(write.create({ ...request, event: EVENT }))).toMatchObject({ status: 409 });
    expect(methods()).toEqual(['GET', 'POST']);
  });

  it('says the time in UTC where Graph does not know the zone', async () => {
    const { write, request } = await scripted(({ method, body }) => {
      if (method === 'GET') return found();
      return body.includes('Berlin') ? refusal(400, 'TimeZoneNotSupportedException') : { body: { id: 'e1' } };
    });
    await write.create({ ...request, event: EVENT });
    expect(bodyAt(2)).toMatchObject({ start: { dateTime: '2026-12-01T09:00:00', timeZone: 'UTC' } });
  });

  it('does not believe an answer without an id', async () => {
    const { write, request } = await scripted(({ method }) => (method === 'GET' ? found() : { body: {} }));
    expect(await failureOf(write.create({ ...request, event: EVENT }))).toMatchObject({
      reason: 'transient',
    });
  });
});

describe('changing and deleting', () => {
  it('sends no body unless there is one: it would cost the event its online meeting', async () => {
    const { write, request } = await scripted(() => ({ body: { id: 'e1' } }));
    await write.update({ ...request, externalId: 'e1', event: EVENT });
    expect(server.asked).toMatchObject([{ method: 'PATCH', path: `${EVENTS}/e1` }]);
    expect(Object.keys(bodyAt(0)).sort()).toEqual(['end', 'showAs', 'start', 'subject']);
  });

  it('takes 404 for gone', async () => {
    const { write, request } = await scripted(() => refusal(404, 'ErrorItemNotFound'));
    await write.delete({ ...request, externalId: 'e1' });
    const failure = await failureOf(write.update({ ...request, externalId: 'e1', event: EVENT }));
    expect(failure).toMatchObject({ reason: 'rejected', status: 410 });
  });

  it('deletes every event that bears the mark', async () => {
    const { write, request } = await scripted(({ method }) =>
      method === 'GET' ? found('e1', 'e2') : { status: 204 },
    );
    await write.delete({ ...request, externalId: null });
    expect(server.asked.map(({ method, path }) => [method, path.slice(EVENTS.length)])).toEqual([
      ['GET', ''],
      ['DELETE', '/e1'],
      ['DELETE', '/e2'],
    ]);
  });
});

describe('looking', () => {
  const body = {
    id: 'e1',
    isAllDay: false,
    start: { dateTime: '2026-12-01T09:00:00.0000000', timeZone: 'UTC' },
    end: { dateTime: '2026-12-01T10:00:00.0000000', timeZone: 'UTC' },
  };
  const lookAt = async (event: object, shown: object[]) => {
    const { write, request } = await scripted(({ path }) =>
      path.endsWith('/calendarView') ? { body: { value: shown } } : { body: event },
    );
    const calendar = { externalId: 'AAMk=', timeZone: 'Europe/Berlin' };
    return write.getEvent({ ...request, calendar, externalId: 'e1' });
  };

  it('believes an event that its calendar shows', async () => {
    expect(await lookAt(body, [{ id: 'e1' }])).toEqual({ start: EVENT.start, end: EVENT.end });
    expect(server.asked[0]?.headers.prefer).toContain('outlook.timezone="UTC"');
    expect(server.asked[1]?.query.get('startDateTime')).toBe('2026-12-01T09:00:00.000Z');
  });

  it('takes for gone what can be read by its id alone: it lies among the deleted items', async () => {
    expect(await lookAt(body, [])).toBeNull();
  });

  it('takes a cancelled one for gone, and an unreadable one for trouble', async () => {
    expect(await lookAt({ ...body, isCancelled: true }, [{ id: 'e1' }])).toBeNull();
    await server.close();
    expect(await failureOf(lookAt({ id: 'e1' }, []))).toMatchObject({ reason: 'rejected' });
  });
});

describe('read back', () => {
  const NOW = EVENT.start - HOUR;

  it.each([true, false])(
    'by transaction (listed in deltas: %s), or by the id that was returned',
    async (listed) => {
      const simulator = await createSimulator({
        clock: { now: () => NOW },
        seed(world) {
          world.addPerson({ email: 'ada@example.com', name: 'Ada', provider: 'microsoft', timeZone: 'UTC' });
        },
      });
      try {
        simulator.faults.add({ kind: 'transactions', listed, repeated: 'refused' });
        const provider = createMicrosoft({ ...simulator.microsoft, tenant: 'common' });
        const { accessToken } = simulator.grant('ada@example.com');
        const access = { ...countedAccess(), token: async () => accessToken };
        const [{ id = '' } = {}] = simulator.world.calendars();
        const calendar = { externalId: id, timeZone: 'UTC' };
        const request = { access, calendar, ownId: OWN };
        const write = provider.write ?? expect.fail('no write port');
        const [one, two] = await Promise.all([
          write.create({ ...request, event: EVENT }),
          write.create({ ...request, event: EVENT }),
        ]);
        expect(one).toEqual(two);
        await write.delete({ ...request, externalId: one.externalId });
        const { externalId } = await write.create({ ...request, event: EVENT });
        const window = { from: NOW, to: NOW + 24 * HOUR };
        const pages = await pagesOf(provider.pullChanges({ access, calendar, cursor: null, window }));
        // The second one was made without a transaction: the first one's is spent.
        expect(pages.flatMap(({ changes }) => changes)).toMatchObject([
          { event: { externalId, title: 'Interview', ownId: null } },
        ]);
        const third = await write.create({ ...request, ownId: 'bk_3', event: { ...EVENT, title: 'Third' } });
        const after = await pagesOf(provider.pullChanges({ access, calendar, cursor: null, window }));
        expect(after.flatMap(({ changes }) => changes)).toContainEqual(
          expect.objectContaining({
            event: expect.objectContaining({ ...third, ownId: listed ? 'bk_3' : null }),
          }),
        );
      } finally {
        await simulator.close();
      }
    },
  );
});
