/** Graph's subscriptions: validated by a handshake, renewed by PATCH, notified in batches per address. */

import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Clock, type Instant, MINUTE } from '../../time/clock.ts';
import { formatInstant } from '../../time/instant-text.ts';
import type { Message, Outbox } from '../outbox.ts';
import { isWebhookAddress } from '../webhook-address.ts';
import type { Person, World, WorldCalendar, WorldChange } from '../world.ts';
import { apiError, badRequest, itemNotFound } from './errors.ts';
import { etagOf } from './event-resource.ts';

const MIN_LIFETIME = 45 * MINUTE;
const MAX_LIFETIME = 10_080 * MINUTE;
const CHANGES = ['created', 'updated', 'deleted'] as const;

export const subscriptionSchema = z.object({
  changeType: z
    .string()
    .refine((text) => text.split(',').every((each) => CHANGES.some((current) => current === each))),
  notificationUrl: z.url(),
  lifecycleNotificationUrl: z.url().nullish(),
  resource: z.string(),
  expirationDateTime: z.iso.datetime({ offset: true }),
  clientState: z.string().max(128).nullish(),
  latestSupportedTlsVersion: z.string().default('v1_2'),
});
export const renewalSchema = subscriptionSchema
  .pick({ expirationDateTime: true, notificationUrl: true })
  .partial();

export type LifecycleEvent = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed';

export interface GraphSubscription extends z.infer<typeof subscriptionSchema> {
  id: string;
  person: Person;
  calendar: string;
  expiresAt: Instant;
}

/** All methods but `list`, `lifecycle` and `close` throw an HttpError. */
export interface Subscriptions {
  create(person: Person, request: z.infer<typeof subscriptionSchema>): Promise<GraphSubscription>;
  get(person: Person, id: string): GraphSubscription;
  renew(person: Person, id: string, request: z.infer<typeof renewalSchema>): Promise<GraphSubscription>;
  remove(person: Person, id: string): void;
  /** The subscriptions that have not expired. */
  list(): GraphSubscription[];
  /** Notifies the lifecycle address; `subscriptionRemoved` also removes the subscription. */
  lifecycle(id: string, event: LifecycleEvent): void;
  close(): void;
}

/** Validates an endpoint. @returns null when it returned the token, else why it failed. */
export type EndpointValidator = (url: string) => Promise<string | null>;

export function createSubscriptions(deps: {
  clock: Clock;
  world: World;
  outbox: Outbox;
  validateEndpoint: EndpointValidator;
}): Subscriptions {
  const { clock, world, outbox, validateEndpoint } = deps;
  const subscriptions = new Map<string, GraphSubscription>();
  let batch: { subscription: GraphSubscription; change: WorldChange }[] = [];

  function activeSubscription(id: string): GraphSubscription | undefined {
    const current = subscriptions.get(id);
    if (current && current.expiresAt <= clock.now()) subscriptions.delete(id);
    return subscriptions.get(id);
  }
  const list = () => [...subscriptions.keys()].flatMap((id) => activeSubscription(id) ?? []);

  function get(person: Person, id: string): GraphSubscription {
    const current = activeSubscription(id);
    if (current?.person.email !== person.email) throw itemNotFound();
    return current;
  }

  async function requireValidEndpoint(url: string) {
    const problem = isWebhookAddress(url)
      ? await validateEndpoint(url)
      : 'Notification endpoints must use https.';
    if (problem) throw apiError(400, 'ValidationError', `Subscription validation request failed. ${problem}`);
  }

  /** @throws Refusal */
  function expiryOf(text: string): Instant {
    const requested = Date.parse(text);
    const now = clock.now();
    if (requested - now > MAX_LIFETIME) {
      throw badRequest(`Subscription expiration can only be ${MAX_LIFETIME / MINUTE} minutes in the future.`);
    }
    if (requested <= now) throw badRequest('Subscription expiration must be in the future.');
    return Math.max(requested, now + MIN_LIFETIME);
  }

  function send(what: string, url: string, of: GraphSubscription[], value: object[]) {
    const headers = { 'content-type': 'application/json' };
    const body = (entries: object[]) => JSON.stringify({ value: entries, validationTokens: null });
    const message: Message = {
      provider: 'microsoft',
      what,
      channels: [...new Set(of.map(({ id }) => id))],
      url,
      headers,
      body: body(value),
      forged: (effect) => {
        const forgery =
          effect === 'wrong-token' ? { clientState: 'not the secret' } : { subscriptionId: randomUUID() };
        return { headers, body: body(value.map((entry) => ({ ...entry, ...forgery }))) };
      },
      done: (status) => status !== null && status >= 200 && status < 300,
      retry: () => true,
    };
    void outbox.send(message);
  }

  /** One POST per address, however many subscriptions it serves. */
  function flush() {
    const sent = batch;
    batch = [];
    for (const url of new Set(sent.map(({ subscription }) => subscription.notificationUrl))) {
      const entries = sent.filter(({ subscription }) => subscription.notificationUrl === url);
      const what = [...new Set(entries.map(({ change }) => change.type))].join(', ');
      send(
        what,
        url,
        entries.map(({ subscription }) => subscription),
        entries.map(changeNotification),
      );
    }
  }

  const unsubscribe = world.onChange((change) => {
    const matching = list().filter(
      ({ calendar, changeType }) =>
        calendar === change.calendar.id && changeType.split(',').includes(change.type),
    );
    if (matching.length > 0 && batch.length === 0) queueMicrotask(flush);
    batch.push(...matching.map((subscription) => ({ subscription, change })));
  });

  return {
    list,
    get,
    async create(person, request) {
      const calendar = calendarOf(world, person, request.resource);
      const expiresAt = expiryOf(request.expirationDateTime);
      const isDuplicate = () =>
        list().some(
          (each) =>
            each.person.email === person.email &&
            each.calendar === calendar.id &&
            each.resource === request.resource &&
            each.changeType === request.changeType,
        );
      if (isDuplicate())
        throw apiError(409, 'Conflict', 'A subscription for this resource and change type exists already.');
      await requireValidEndpoint(request.notificationUrl);
      if (request.lifecycleNotificationUrl) await requireValidEndpoint(request.lifecycleNotificationUrl);
      const created = { ...request, id: randomUUID(), person, calendar: calendar.id, expiresAt };
      subscriptions.set(created.id, created);
      return created;
    },
    async renew(person, id, { expirationDateTime, notificationUrl }) {
      const current = get(person, id);
      const expiresAt = expirationDateTime === undefined ? current.expiresAt : expiryOf(expirationDateTime);
      if (notificationUrl !== undefined) await requireValidEndpoint(notificationUrl);
      const renewed = { ...current, expiresAt, notificationUrl: notificationUrl ?? current.notificationUrl };
      subscriptions.set(id, renewed);
      return renewed;
    },
    remove(person, id) {
      subscriptions.delete(get(person, id).id);
    },
    lifecycle(id, event) {
      const current = activeSubscription(id);
      if (!current) throw new RangeError(`There is no subscription ${id}.`);
      if (event === 'subscriptionRemoved') subscriptions.delete(id);
      const { lifecycleNotificationUrl: url, clientState, resource } = current;
      if (!url) return;
      const entry = {
        subscriptionId: id,
        subscriptionExpirationDateTime: formatInstant(current.expiresAt),
        tenantId: tenantOf(current.person),
        clientState: clientState ?? null,
        lifecycleEvent: event,
        resource,
      };
      send(event, url, [current], [entry]);
    },
    close: unsubscribe,
  };
}

/** The calendar whose events the resource names. @throws HttpError */
function calendarOf(world: World, person: Person, resource: string): WorldCalendar {
  const path = resource.replace(/^\//, '').replace(/^users\/[^/]+\//i, 'me/');
  const id = /^me\/calendars\/([^/]+)\/events$/i.exec(path)?.[1];
  const all = world.calendars(person.email);
  const matching = id
    ? all.find((each) => each.id === decodeURIComponent(id))
    : /^me\/(calendar\/)?events$/i.test(path)
      ? all.find((each) => each.primary)
      : undefined;
  if (!matching) throw apiError(404, 'ResourceNotFound', `Resource not found for the segment '${resource}'.`);
  return matching;
}

export const tenantOf = (person: Person) => {
  const hex = createHash('sha256')
    .update(person.email.split('@')[1] ?? '')
    .digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `9${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
};

function changeNotification({
  subscription,
  change: { event, type },
}: {
  subscription: GraphSubscription;
  change: WorldChange;
}) {
  const path = `Users/${subscription.person.id}/Events/${event.id}`;
  return {
    id: createHash('sha256')
      .update(`${subscription.id} ${event.id} ${event.revision}`)
      .digest('base64url')
      .slice(0, 13),
    subscriptionId: subscription.id,
    subscriptionExpirationDateTime: formatInstant(subscription.expiresAt),
    clientState: subscription.clientState ?? null,
    changeType: type,
    resource: path,
    tenantId: tenantOf(subscription.person),
    resourceData: {
      '@odata.type': '#Microsoft.Graph.Event',
      '@odata.id': path,
      '@odata.etag': etagOf(event),
      id: event.id,
    },
  };
}

export const subscriptionBody = (each: GraphSubscription, clientId: string) => ({
  '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity',
  id: each.id,
  resource: each.resource,
  applicationId: clientId,
  changeType: each.changeType,
  clientState: each.clientState ?? null,
  notificationUrl: each.notificationUrl,
  notificationQueryOptions: null,
  lifecycleNotificationUrl: each.lifecycleNotificationUrl ?? null,
  expirationDateTime: formatInstant(each.expiresAt),
  creatorId: each.person.id,
  includeResourceData: null,
  latestSupportedTlsVersion: each.latestSupportedTlsVersion,
  encryptionCertificate: null,
  encryptionCertificateId: null,
});
