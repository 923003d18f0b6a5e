/** The routes of Microsoft's OAuth and Graph v1.0 over the world. */

import { windowsName } from '../../time/zone-names.ts';
import type { Cursors } from '../cursor.ts';
import type { Respond } from '../fault-injection.ts';
import type { Faults } from '../faults.ts';
import type { Grants } from '../grants.ts';
import {
  jsonResponse,
  parseJsonBody,
  type Route,
  type SimulatedRequest,
  type SimulatedResponse,
} from '../http.ts';
import type { OAuth } from '../oauth.ts';
import type { TenantAccess } from '../tenant-access.ts';
import type { Person, World, WorldCalendar } from '../world.ts';
import { handleBatch } from './batch.ts';
import { calendarViewDelta } from './delta.ts';
import { accessDenied, apiError, badRequest, invalidToken, itemNotFound } from './errors.ts';
import type { View } from './event-resource.ts';
import { changeEvent, createEvent, deleteEvent, findEvent, resourceOf } from './events.ts';
import { meetingProvidersOf, settleMeeting } from './online-meeting.ts';
import { getSchedule } from './schedule.ts';
import { renewalSchema, type Subscriptions, subscriptionBody, subscriptionSchema } from './subscriptions.ts';
import { calendarView, instances, listEvents, paged } from './views.ts';
import { preferredZone } from './zones.ts';

const READ = [
  'Calendars.Read',
  'Calendars.ReadBasic',
  'Calendars.ReadWrite',
  'Calendars.Read.Shared',
  'Calendars.ReadWrite.Shared',
];
const WRITE = ['Calendars.ReadWrite', 'Calendars.ReadWrite.Shared'];
const PROFILE = ['User.Read', 'User.ReadBasic.All', 'User.ReadWrite'];
const SETTINGS = ['MailboxSettings.Read', 'MailboxSettings.ReadWrite'];

export interface MicrosoftDeps {
  world: World;
  grants: Grants;
  faults: Faults;
  cursors: Cursors;
  subscriptions: Subscriptions;
  oauth: OAuth;
  tenant: TenantAccess;
  clientId: string;
  /** Answers the requests inside a batch. */
  respond: Respond;
}

type PersonHandler = (
  person: Person,
  request: SimulatedRequest,
  params: Record<string, string>,
) => SimulatedResponse | Promise<SimulatedResponse>;
/** Finds the person whose mailbox a request is about. @throws HttpError */
type PersonResolver = (
  request: SimulatedRequest,
  scopes: readonly string[],
  params: Record<string, string>,
) => Person;
type CalendarHandler = (calendar: WorldCalendar, view: View, request: SimulatedRequest) => SimulatedResponse;

export function microsoftRoutes(deps: MicrosoftDeps): Route[] {
  const { world, grants, faults, subscriptions, oauth, tenant, clientId } = deps;

  /** Null for an application. @throws HttpError unless the bearer token's grant has one of the scopes. */
  function callerOf(request: SimulatedRequest, scopes: readonly string[]): Person | null {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (tenant.isApplication(token ?? '')) return null;
    const grant = grants.byAccess(token ?? '');
    if (grant?.person.provider !== 'microsoft') throw invalidToken();
    const grantedScopes = grant.scopes.map((scope) => scope.slice(scope.lastIndexOf('/') + 1).toLowerCase());
    if (!scopes.some((scope) => grantedScopes.includes(scope.toLowerCase()))) throw accessDenied();
    return grant.person;
  }

  /** @param mailbox the id or address that the request names; null: the caller's own. @throws HttpError */
  function personOf(request: SimulatedRequest, scopes: readonly string[], mailbox: string | null): Person {
    const caller = callerOf(request, scopes);
    if (mailbox === null) {
      if (caller) return caller;
      throw apiError(400, 'BadRequest', '/me request is only valid with delegated authentication flow.');
    }
    const person = tenant.find('microsoft', mailbox);
    if (!person) throw apiError(404, 'ErrorInvalidUser', `The requested user '${mailbox}' is invalid.`);
    if (caller ? caller.email !== person.email : !tenant.canReach(person)) throw accessDenied();
    if (!caller && scopes === PROFILE && !faults.tenant.directory) {
      throw apiError(
        403,
        'Authorization_RequestDenied',
        'Insufficient privileges to complete the operation.',
      );
    }
    return person;
  }

  const byPath: PersonResolver = (request, scopes, { user }) => personOf(request, scopes, user ?? null);
  const byResource: PersonResolver = (request, scopes) => {
    const { resource = '' } = parseJsonBody(request, subscriptionSchema) ?? {};
    return personOf(request, scopes, /^\/?users\/([^/]+)\//i.exec(resource)?.[1] ?? null);
  };
  const bySubscription: PersonResolver = (request, scopes, { id }) => {
    const owner = () => subscriptions.list().find((each) => each.id === id)?.person;
    const person = callerOf(request, scopes) ?? owner();
    if (!person) throw itemNotFound();
    return person;
  };

  const route = (
    method: string,
    path: string,
    scopes: readonly string[],
    handle: PersonHandler,
    resolvePerson: PersonResolver = byPath,
  ): Route => [
    method,
    `/graph/v1.0${path}`,
    (request, params) => handle(resolvePerson(request, scopes, params), request, params),
  ];
  const ofSubscription = (
    method: string,
    path: string,
    handle: (
      person: Person,
      request: SimulatedRequest,
      id: string,
    ) => SimulatedResponse | Promise<SimulatedResponse>,
  ): Route =>
    route(
      method,
      `/subscriptions/:id${path}`,
      READ,
      (person, request, { id = '' }) => handle(person, request, id),
      bySubscription,
    );
  const viewOf = (person: Person, request: SimulatedRequest): View => ({
    person,
    zone: preferredZone(request),
    customZones: faults.lasting('custom-zones').length > 0,
  });

  /** The same route for the default calendar, at each of `defaultPaths`, and for a calendar that is named. */
  const ofCalendar = (
    method: string,
    defaultPaths: string[],
    path: string,
    scopes: string[],
    handle: CalendarHandler,
  ): Route[] =>
    [...defaultPaths, `/me/calendars/:calendar${path}`].map((pattern) =>
      route(method, pattern, scopes, (person, request, params) => {
        const calendar = world
          .calendars(person.email)
          .find((each) => (params.calendar === undefined ? each.primary : each.id === params.calendar));
        if (!calendar) throw itemNotFound();
        return handle(calendar, viewOf(person, request), request);
      }),
    );

  const event = (person: Person, params: Record<string, string>) =>
    findEvent(world, person, params.event ?? '');

  const routes: Route[] = [
    ['GET', '/login/:tenant/oauth2/v2.0/authorize', oauth.authorize],
    ['POST', '/login/:tenant/oauth2/v2.0/authorize', oauth.decide],
    ['POST', '/login/:tenant/oauth2/v2.0/token', oauth.token],
    route('GET', '/me', PROFILE, (person) => jsonResponse(200, userResource(person))),
    route('GET', '/me/mailboxSettings', SETTINGS, (person) =>
      jsonResponse(200, {
        timeZone: windowsName(person.timeZone),
        dateFormat: 'M/d/yyyy',
        timeFormat: 'h:mm tt',
      }),
    ),
    route('GET', '/me/mailboxSettings/timeZone', SETTINGS, (person) =>
      jsonResponse(200, { '@odata.context': '', value: windowsName(person.timeZone) }),
    ),
    route('GET', '/me/calendars', READ, (person, request) =>
      paged(request, faults, world.calendars(person.email), 10, 999, (each) =>
        calendarResource(each, person),
      ),
    ),
    ...ofCalendar('GET', ['/me/calendar'], '', READ, (calendar, { person }) =>
      jsonResponse(200, calendarResource(calendar, person)),
    ),
    ...ofCalendar(
      'GET',
      ['/me/calendarView/delta', '/me/calendar/calendarView/delta'],
      '/calendarView/delta',
      READ,
      (calendar, view, request) => calendarViewDelta(deps, request, calendar, view),
    ),
    ...ofCalendar(
      'GET',
      ['/me/calendarView', '/me/calendar/calendarView'],
      '/calendarView',
      READ,
      (calendar, view, request) => calendarView(deps, request, calendar, view),
    ),
    ...ofCalendar(
      'POST',
      ['/me/events', '/me/calendar/events'],
      '/events',
      WRITE,
      (calendar, view, request) => createEvent(deps, request, calendar, view),
    ),
    ...ofCalendar('GET', ['/me/events', '/me/calendar/events'], '/events', READ, (calendar, view, request) =>
      listEvents(deps, request, calendar, view),
    ),
    ...['/me/events/:event', '/me/calendars/:calendar/events/:event'].flatMap((path) => [
      route('GET', path, READ, (person, request, params) => {
        const found = event(person, params);
        const settled = { ...found, event: settleMeeting(world, found.event, faults) };
        return jsonResponse(200, resourceOf(settled, viewOf(person, request)));
      }),
      route('PATCH', path, WRITE, (person, request, params) =>
        changeEvent(deps, request, event(person, params), viewOf(person, request)),
      ),
      route('DELETE', path, WRITE, (person, request, params) =>
        deleteEvent(world, request, event(person, params)),
      ),
      route('GET', `${path}/instances`, READ, (person, request, params) =>
        instances(request, faults, event(person, params), viewOf(person, request)),
      ),
    ]),
    [
      'GET',
      '/graph/v1.0/subscriptions',
      (request) => {
        const caller = callerOf(request, READ);
        const visible = subscriptions.list().filter(({ person }) => !caller || person.email === caller.email);
        return jsonResponse(200, { value: visible.map((each) => subscriptionBody(each, clientId)) });
      },
    ],
    route('POST', '/me/calendar/getSchedule', READ, (person, request) =>
      getSchedule(deps, request, viewOf(person, request)),
    ),
    ['POST', '/graph/v1.0/$batch', (request) => handleBatch(faults, deps.respond, request)],
    route(
      'POST',
      '/subscriptions',
      READ,
      async (person, request) => {
        const body = parseJsonBody(request, subscriptionSchema);
        if (!body) throw badRequest('The subscription request is not valid.');
        return jsonResponse(201, subscriptionBody(await subscriptions.create(person, body), clientId));
      },
      byResource,
    ),
    ofSubscription('GET', '', (person, _, id) =>
      jsonResponse(200, subscriptionBody(subscriptions.get(person, id), clientId)),
    ),
    ofSubscription('PATCH', '', async (person, request, id) => {
      const body = parseJsonBody(request, renewalSchema);
      if (!body) throw badRequest('The subscription request is not valid.');
      return jsonResponse(200, subscriptionBody(await subscriptions.renew(person, id, body), clientId));
    }),
    ofSubscription('POST', '/reauthorize', (person, _, id) => {
      subscriptions.get(person, id);
      return { status: 204 };
    }),
    ofSubscription('DELETE', '', (person, _, id) => {
      subscriptions.remove(person, id);
      return { status: 204 };
    }),
  ];
  // Every route under `me` exists under `users/{id or address}` too.
  return routes.flatMap(([method, path, handle]) =>
    /^\/graph\/v1\.0\/me(\/|$)/.test(path)
      ? [[method, path, handle], [method, path.replace('/me', '/users/:user'), handle] as const]
      : [[method, path, handle]],
  );
}

const userResource = (person: Person) => ({
  '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#users/$entity',
  id: person.id,
  displayName: person.name,
  mail: person.email,
  userPrincipalName: person.email,
});

const calendarResource = (calendar: WorldCalendar, person: Person) => ({
  id: calendar.id,
  name: calendar.name,
  color: 'auto',
  hexColor: '',
  isDefaultCalendar: calendar.primary,
  changeKey: 'AAAA',
  canShare: calendar.writable,
  canViewPrivateItems: true,
  canEdit: calendar.writable,
  allowedOnlineMeetingProviders: meetingProvidersOf(person),
  defaultOnlineMeetingProvider: meetingProvidersOf(person)[0] ?? 'unknown',
  isTallyingResponses: calendar.primary,
  isRemovable: !calendar.primary,
  owner: { name: person.name, address: person.email },
});
