/** Microsoft's OAuth and Graph v1.0 over the world. */

import { windowsName } from '../../time/zone-names.ts';
import type { Cursors } from '../cursor.ts';
import { type Answer, type Exchange, json, type Route, readBody } from '../exchange.ts';
import type { Faults } from '../faults.ts';
import type { Grants } from '../grants.ts';
import type { Answering } from '../met.ts';
import type { OAuth } from '../oauth.ts';
import type { TenantAccess } from '../tenant-access.ts';
import type { Person, World, WorldCalendar } from '../world.ts';
import { batch } from './batch.ts';
import { delta } from './delta.ts';
import { accessDenied, badRequest, itemNotFound, refusal, tokenRefused } from './errors.ts';
import type { View } from './event-form.ts';
import { changeEvent, createEvent, deleteEvent, findEvent, formOf } from './events.ts';
import { getSchedule } from './schedule.ts';
import { renewalSchema, type Subscriptions, subscriptionForm, subscriptionSchema } from './subscriptions.ts';
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
  /** For what is inside a batch. */
  answering: Answering;
}

type OfPerson = (
  person: Person,
  exchange: Exchange,
  params: Record<string, string>,
) => Answer | Promise<Answer>;
/** Whose mailbox a request is about. @throws Refusal */
type Whose = (exchange: Exchange, scopes: readonly string[], params: Record<string, string>) => Person;
type OfCalendar = (calendar: WorldCalendar, view: View, exchange: Exchange) => Answer;

export function microsoftRoutes(deps: MicrosoftDeps): Route[] {
  const { world, grants, faults, subscriptions, oauth, tenant, clientId } = deps;

  /** Null: an application. @throws Refusal unless the bearer token's grant holds one of the scopes. */
  function callerOf(exchange: Exchange, scopes: readonly string[]): Person | null {
    const token = /^Bearer (.+)$/i.exec(exchange.headers.authorization ?? '')?.[1];
    if (tenant.isApplication(token ?? '')) return null;
    const grant = grants.byAccess(token ?? '');
    if (grant?.person.provider !== 'microsoft') throw tokenRefused();
    const held = grant.scopes.map((scope) => scope.slice(scope.lastIndexOf('/') + 1).toLowerCase());
    if (!scopes.some((scope) => held.includes(scope.toLowerCase()))) throw accessDenied();
    return grant.person;
  }

  /** @param meant whom the request names, by id or address; null: nobody, it means the caller. @throws Refusal */
  function personOf(exchange: Exchange, scopes: readonly string[], meant: string | null): Person {
    const caller = callerOf(exchange, scopes);
    if (meant === null) {
      if (caller) return caller;
      throw refusal(400, 'BadRequest', '/me request is only valid with delegated authentication flow.');
    }
    const person = tenant.find('microsoft', meant);
    if (!person) throw refusal(404, 'ErrorInvalidUser', `The requested user '${meant}' is invalid.`);
    if (caller ? caller.email !== person.email : !tenant.reaches(person)) throw accessDenied();
    if (!caller && scopes === PROFILE && !faults.tenant.directory) {
      throw refusal(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
    }
    return person;
  }

  const byPath: Whose = (exchange, scopes, { user }) => personOf(exchange, scopes, user ?? null);
  const byResource: Whose = (exchange, scopes) => {
    const { resource = '' } = readBody(exchange, subscriptionSchema) ?? {};
    return personOf(exchange, scopes, /^\/?users\/([^/]+)\//i.exec(resource)?.[1] ?? null);
  };
  const bySubscription: Whose = (exchange, scopes, { id }) => {
    const owner = () => subscriptions.list().find((each) => each.id === id)?.person;
    const person = callerOf(exchange, scopes) ?? owner();
    if (!person) throw itemNotFound();
    return person;
  };

  const route = (
    method: string,
    path: string,
    scopes: readonly string[],
    handle: OfPerson,
    whose: Whose = byPath,
  ): Route => [
    method,
    `/graph/v1.0${path}`,
    (exchange, params) => handle(whose(exchange, scopes, params), exchange, params),
  ];
  const ofSubscription = (
    method: string,
    path: string,
    handle: (person: Person, exchange: Exchange, id: string) => Answer | Promise<Answer>,
  ): Route =>
    route(
      method,
      `/subscriptions/:id${path}`,
      READ,
      (person, exchange, { id = '' }) => handle(person, exchange, id),
      bySubscription,
    );
  const viewOf = (person: Person, exchange: Exchange): View => ({
    person,
    zone: preferredZone(exchange),
    customZones: faults.lasting('custom-zones').length > 0,
  });

  /** The same of the default calendar (at each of `short`) and of one that is named. */
  const ofCalendar = (
    method: string,
    short: string[],
    path: string,
    scopes: string[],
    handle: OfCalendar,
  ): Route[] =>
    [...short, `/me/calendars/:calendar${path}`].map((pattern) =>
      route(method, pattern, scopes, (person, exchange, params) => {
        const calendar = world
          .calendars(person.email)
          .find((each) => (params.calendar === undefined ? each.primary : each.id === params.calendar));
        if (!calendar) throw itemNotFound();
        return handle(calendar, viewOf(person, exchange), exchange);
      }),
    );

  const event = (person: Person, params: Record<string, string>) =>
    findEvent(world, person, params.event ?? '');

  const routes: Route[] = [
    ['GET', '/login/:tenant/oauth2/v2.0/authorize', oauth.authorize],
    ['POST', '/login/:tenant/oauth2/v2.0/authorize', oauth.decide],
    ['POST', '/login/:tenant/oauth2/v2.0/token', oauth.token],
    route('GET', '/me', PROFILE, (person) => json(200, profileForm(person))),
    route('GET', '/me/mailboxSettings', SETTINGS, (person) =>
      json(200, { timeZone: windowsName(person.timeZone), dateFormat: 'M/d/yyyy', timeFormat: 'h:mm tt' }),
    ),
    route('GET', '/me/mailboxSettings/timeZone', SETTINGS, (person) =>
      json(200, { '@odata.context': '', value: windowsName(person.timeZone) }),
    ),
    route('GET', '/me/calendars', READ, (person, exchange) =>
      paged(exchange, faults, world.calendars(person.email), 10, 999, (each) => calendarForm(each, person)),
    ),
    ...ofCalendar('GET', ['/me/calendar'], '', READ, (calendar, { person }) =>
      json(200, calendarForm(calendar, person)),
    ),
    ...ofCalendar(
      'GET',
      ['/me/calendarView/delta', '/me/calendar/calendarView/delta'],
      '/calendarView/delta',
      READ,
      (calendar, view, exchange) => delta(deps, exchange, calendar, view),
    ),
    ...ofCalendar(
      'GET',
      ['/me/calendarView', '/me/calendar/calendarView'],
      '/calendarView',
      READ,
      (calendar, view, exchange) => calendarView(deps, exchange, calendar, view),
    ),
    ...ofCalendar(
      'POST',
      ['/me/events', '/me/calendar/events'],
      '/events',
      WRITE,
      (calendar, view, exchange) => createEvent(deps, exchange, calendar, view),
    ),
    ...ofCalendar('GET', ['/me/events', '/me/calendar/events'], '/events', READ, (calendar, view, exchange) =>
      listEvents(deps, exchange, calendar, view),
    ),
    ...['/me/events/:event', '/me/calendars/:calendar/events/:event'].flatMap((path) => [
      route('GET', path, READ, (person, exchange, params) =>
        json(200, formOf(event(person, params), viewOf(person, exchange))),
      ),
      route('PATCH', path, WRITE, (person, exchange, params) =>
        changeEvent(world, exchange, event(person, params), viewOf(person, exchange)),
      ),
      route('DELETE', path, WRITE, (person, exchange, params) =>
        deleteEvent(world, exchange, event(person, params)),
      ),
      route('GET', `${path}/instances`, READ, (person, exchange, params) =>
        instances(exchange, faults, event(person, params), viewOf(person, exchange)),
      ),
    ]),
    [
      'GET',
      '/graph/v1.0/subscriptions',
      (exchange) => {
        const caller = callerOf(exchange, READ);
        const seen = subscriptions.list().filter(({ person }) => !caller || person.email === caller.email);
        return json(200, { value: seen.map((each) => subscriptionForm(each, clientId)) });
      },
    ],
    route('POST', '/me/calendar/getSchedule', READ, (person, exchange) =>
      getSchedule(deps, exchange, viewOf(person, exchange)),
    ),
    ['POST', '/graph/v1.0/$batch', (exchange) => batch(faults, deps.answering, exchange)],
    route(
      'POST',
      '/subscriptions',
      READ,
      async (person, exchange) => {
        const request = readBody(exchange, subscriptionSchema);
        if (!request) throw badRequest('The subscription request is not valid.');
        return json(201, subscriptionForm(await subscriptions.create(person, request), clientId));
      },
      byResource,
    ),
    ofSubscription('GET', '', (person, _, id) =>
      json(200, subscriptionForm(subscriptions.get(person, id), clientId)),
    ),
    ofSubscription('PATCH', '', async (person, exchange, id) => {
      const request = readBody(exchange, renewalSchema);
      if (!request) throw badRequest('The subscription request is not valid.');
      return json(200, subscriptionForm(await subscriptions.renew(person, id, request), clientId));
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
  // What is under `me` is under `users/{id or address}` too.
  return routes.flatMap(([method, path, handle]) =>
    /^\/graph\/v1\.0\/me(\/|$)/.test(path)
      ? [[method, path, handle], [method, path.replace('/me', '/users/:user'), handle] as const]
      : [[method, path, handle]],
  );
}

const profileForm = (person: Person) => ({
  '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#users/$entity',
  id: person.id,
  displayName: person.name,
  mail: person.email,
  userPrincipalName: person.email,
});

const calendarForm = (calendar: WorldCalendar, person: Person) => ({
  id: calendar.id,
  name: calendar.name,
  color: 'auto',
  hexColor: '',
  isDefaultCalendar: calendar.primary,
  changeKey: 'AAAA',
  canShare: calendar.writable,
  canViewPrivateItems: true,
  canEdit: calendar.writable,
  allowedOnlineMeetingProviders: ['teamsForBusiness'],
  defaultOnlineMeetingProvider: 'teamsForBusiness',
  isTallyingResponses: calendar.primary,
  isRemovable: !calendar.primary,
  owner: { name: person.name, address: person.email },
});
