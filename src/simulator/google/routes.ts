/** The routes of Google's OAuth and Calendar API v3 over the world. */
import type { Clock } from '../../time/clock.ts';
import type { Cursors } from '../cursor.ts';
import type { Faults } from '../faults.ts';
import type { Grants } from '../grants.ts';
import { jsonResponse, parseJsonBody, type Route, type SimulatedRequest } from '../http.ts';
import type { OAuth } from '../oauth.ts';
import type { Person, World } from '../world.ts';
import { calendarListPage, calendarOf, calendarResource } from './calendars.ts';
import { type GoogleChannels, watchSchema } from './channels.ts';
import { authError, badRequest, insufficient } from './errors.ts';
import type { CalendarContext } from './event-resource.ts';
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

  /** The person whose grant the bearer token belongs to. @throws HttpError when the grant has none of the scopes. */
  function personOf(request: SimulatedRequest, scopes: readonly string[]): Person {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const grant = grants.byAccess(token ?? '');
    if (grant?.person.provider !== 'google') throw authError();
    if (!scopes.some((scope) => grant.scopes.includes(`${SCOPE}${scope}`))) throw insufficient();
    return grant.person;
  }

  function contextOf(
    request: SimulatedRequest,
    params: Record<string, string>,
    scopes: readonly string[],
  ): CalendarContext {
    const person = personOf(request, scopes);
    const calendar = calendarOf(world, person, params.calendar ?? '');
    const timeZone = request.query.get('timeZone') ?? calendar.timeZone;
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
          return jsonResponse(400, { error: 'invalid_token', error_description: 'Token expired or revoked' });
        }
        grants.revoke(grant.person.email);
        return jsonResponse(200, {});
      },
    ],
    [
      'GET',
      '/calendar/v3/users/me/calendarList',
      (request) => calendarListPage(deps, personOf(request, LIST), request.query),
    ],
    [
      'GET',
      '/calendar/v3/calendars/:calendar',
      (request, params) => jsonResponse(200, calendarResource(contextOf(request, params, META).calendar)),
    ],
    [
      'GET',
      '/calendar/v3/calendars/:calendar/events',
      (request, params) => listEvents(deps, request.query, contextOf(request, params, READ)),
    ],
    [
      'POST',
      '/calendar/v3/calendars/:calendar/events',
      (request, params) => jsonResponse(200, insertEvent(deps, contextOf(request, params, WRITE), request)),
    ],
    [
      'POST',
      '/calendar/v3/calendars/:calendar/events/watch',
      async (request, params) => {
        const { person, calendar } = contextOf(request, params, READ);
        const body = parseJsonBody(request, watchSchema);
        if (!body) throw badRequest('Bad Request');
        const uri = `${request.url}/google${request.path.replace(/\/watch$/, '')}?alt=json`;
        const { id, resourceId, resourceUri, token, expiresAt } = await channels.watch(
          person,
          calendar,
          uri,
          body,
        );
        return jsonResponse(200, {
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
      (request, params) =>
        jsonResponse(200, getEvent(deps, contextOf(request, params, READ), params.event ?? '')),
    ],
    ...(['PUT', 'PATCH'] as const).map(
      (method): Route => [
        method,
        '/calendar/v3/calendars/:calendar/events/:event',
        (request, params) => {
          const context = contextOf(request, params, WRITE);
          return jsonResponse(200, changeEvent(deps, context, request, params.event ?? '', method === 'PUT'));
        },
      ],
    ),
    [
      'DELETE',
      '/calendar/v3/calendars/:calendar/events/:event',
      (request, params) => {
        deleteEvent(world, contextOf(request, params, WRITE), request, params.event ?? '');
        return { status: 204 };
      },
    ],
    [
      'POST',
      '/calendar/v3/freeBusy',
      (request) => jsonResponse(200, freeBusy(deps, personOf(request, FREE_BUSY), request)),
    ],
    [
      'POST',
      '/calendar/v3/channels/stop',
      (request) => {
        const person = personOf(request, READ);
        const body = parseJsonBody(
          request,
          watchSchema.pick({ id: true }).extend({ resourceId: watchSchema.shape.address }),
        );
        if (!body) throw badRequest('Bad Request');
        channels.stop(person, body.id, body.resourceId);
        return { status: 204 };
      },
    ],
  ];
}
