/** Google's OAuth and Calendar API v3 over the world. */
import type { Clock } from '../../time/clock.ts';
import type { Cursors } from '../cursor.ts';
import { type Exchange, json, type Route, readBody } from '../exchange.ts';
import type { Faults } from '../faults.ts';
import type { Grants } from '../grants.ts';
import type { OAuth } from '../oauth.ts';
import type { Person, World } from '../world.ts';
import { calendarForm, calendarOf, listCalendars } from './calendars.ts';
import { type GoogleChannels, watchSchema } from './channels.ts';
import { authError, badRequest, insufficient } from './errors.ts';
import type { Place } from './event-form.ts';
import { listEvents } from './events-list.ts';
import { changeEvent, deleteEvent, getEvent, insertEvent } from './events-write.ts';
import { freeBusy } from './free-busy.ts';

const SCOPE = 'https://www.googleapis.com/auth/calendar';
const LIST = ['', '.readonly', '.calendarlist', '.calendarlist.readonly'];
const META = ['', '.readonly', '.calendars', '.calendars.readonly'];
const WRITE = ['', '.events', '.events.owned'];
const READ = [...WRITE, '.readonly', '.events.readonly', '.events.owned.readonly'];
const FREE_BUSY = ['', '.readonly', '.freebusy', '.events.freebusy'];

export interface GoogleDeps {
  clock: Clock;
  world: World;
  grants: Grants;
  faults: Faults;
  cursors: Cursors;
  channels: GoogleChannels;
  oauth: OAuth;
}

export function googleRoutes(deps: GoogleDeps): Route[] {
  const { world, grants, channels, oauth } = deps;

  /** The person behind the bearer token, if the grant holds one of the scopes. @throws Refusal */
  function personOf(exchange: Exchange, scopes: readonly string[]): Person {
    const token = /^Bearer (.+)$/i.exec(exchange.headers.authorization ?? '')?.[1];
    const grant = grants.byAccess(token ?? '');
    if (grant?.person.provider !== 'google') throw authError();
    if (!scopes.some((scope) => grant.scopes.includes(`${SCOPE}${scope}`))) throw insufficient();
    return grant.person;
  }

  function placeOf(exchange: Exchange, params: Record<string, string>, scopes: readonly string[]): Place {
    const person = personOf(exchange, scopes);
    const calendar = calendarOf(world, person, params.calendar ?? '');
    const timeZone = exchange.query.get('timeZone') ?? calendar.timeZone;
    return { person, calendar, timeZone };
  }

  return [
    ['GET', '/o/oauth2/v2/auth', oauth.authorize],
    ['POST', '/o/oauth2/v2/auth', oauth.decide],
    ['POST', '/token', oauth.token],
    [
      'POST',
      '/revoke',
      ({ query, body }) => {
        const token = query.get('token') ?? new URLSearchParams(body).get('token') ?? '';
        const grant = grants.byRefresh(token) ?? grants.byAccess(token);
        if (grant?.person.provider !== 'google') {
          return json(400, { error: 'invalid_token', error_description: 'Token expired or revoked' });
        }
        grants.revoke(grant.person.email);
        return json(200, {});
      },
    ],
    [
      'GET',
      '/calendar/v3/users/me/calendarList',
      (exchange) => listCalendars(deps, personOf(exchange, LIST), exchange.query),
    ],
    [
      'GET',
      '/calendar/v3/calendars/:calendar',
      (exchange, params) => json(200, calendarForm(placeOf(exchange, params, META).calendar)),
    ],
    [
      'GET',
      '/calendar/v3/calendars/:calendar/events',
      (exchange, params) => listEvents(deps, exchange.query, placeOf(exchange, params, READ)),
    ],
    [
      'POST',
      '/calendar/v3/calendars/:calendar/events',
      (exchange, params) => json(200, insertEvent(world, placeOf(exchange, params, WRITE), exchange)),
    ],
    [
      'POST',
      '/calendar/v3/calendars/:calendar/events/watch',
      async (exchange, params) => {
        const { person, calendar } = placeOf(exchange, params, READ);
        const request = readBody(exchange, watchSchema);
        if (!request) throw badRequest('Bad Request');
        const uri = `${exchange.url}/google${exchange.path.replace(/\/watch$/, '')}?alt=json`;
        const { id, resourceId, resourceUri, token, expiresAt } = await channels.watch(
          person,
          calendar,
          uri,
          request,
        );
        return json(200, {
          kind: 'api#channel',
          id,
          resourceId,
          resourceUri,
          token,
          expiration: String(expiresAt),
        });
      },
    ],
    [
      'GET',
      '/calendar/v3/calendars/:calendar/events/:event',
      (exchange, params) => json(200, getEvent(world, placeOf(exchange, params, READ), params.event ?? '')),
    ],
    ...(['PUT', 'PATCH'] as const).map(
      (method): Route => [
        method,
        '/calendar/v3/calendars/:calendar/events/:event',
        (exchange, params) => {
          const place = placeOf(exchange, params, WRITE);
          return json(200, changeEvent(world, place, exchange, params.event ?? '', method === 'PUT'));
        },
      ],
    ),
    [
      'DELETE',
      '/calendar/v3/calendars/:calendar/events/:event',
      (exchange, params) => {
        deleteEvent(world, placeOf(exchange, params, WRITE), exchange, params.event ?? '');
        return { status: 204 };
      },
    ],
    [
      'POST',
      '/calendar/v3/freeBusy',
      (exchange) => json(200, freeBusy(deps, personOf(exchange, FREE_BUSY), exchange)),
    ],
    [
      'POST',
      '/calendar/v3/channels/stop',
      (exchange) => {
        const person = personOf(exchange, READ);
        const request = readBody(
          exchange,
          watchSchema.pick({ id: true }).extend({ resourceId: watchSchema.shape.address }),
        );
        if (!request) throw badRequest('Bad Request');
        channels.stop(person, request.id, request.resourceId);
        return { status: 204 };
      },
    ],
  ];
}
