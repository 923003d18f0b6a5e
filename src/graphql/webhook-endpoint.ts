/** Webhook endpoint: where an organisation hears of its bookings, and the log of what was sent there. */
import {
  listEndpoints,
  type WebhookEndpoint,
  type WebhookEvent,
} from '../store/outbound/webhook-endpoints.ts';
import {
  listMessages,
  type MessageStatus,
  type WebhookAttempt,
  type WebhookMessage,
} from '../store/outbound/webhook-messages.ts';
import { builder } from './builder.ts';
import { requireOrganisation } from './context.ts';
import { paginate } from './pagination.ts';

const EVENTS = [
  'BOOKING_CREATED',
  'BOOKING_RESCHEDULED',
  'BOOKING_CANCELLED',
] as const satisfies readonly WebhookEvent[];
const STATUSES = ['PENDING', 'DELIVERED', 'FAILED'] as const satisfies readonly MessageStatus[];

const WebhookEventEnum = builder.enumType('WebhookEvent', { values: EVENTS });
const StatusEnum = builder.enumType('WebhookMessageStatus', { values: STATUSES });

const AttemptRef = builder.objectRef<WebhookAttempt>('WebhookAttempt').implement({
  description: 'One try to deliver a message.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', resolve: ({ at }) => at.getTime() }),
    responseStatus: t.exposeInt('responseStatus', {
      nullable: true,
      description: 'HTTP status; null when no answer came.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why it was not taken; null when it was.',
    }),
    duration: t.field({ type: 'Duration', resolve: ({ milliseconds }) => milliseconds }),
  }),
});

const MessageRef = builder.objectRef<WebhookMessage>('WebhookMessage');
builder.node(MessageRef, {
  description: 'One message to one webhook endpoint. Its id is the header webhook-id.',
  authScopes: { scope: 'ADMIN' },
  id: { resolve: (message) => message.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.webhookMessage.load(id))),
  fields: (t) => ({
    event: t.expose('event', { type: WebhookEventEnum }),
    status: t.expose('status', { type: StatusEnum }),
    attempts: t.exposeInt('attempts'),
    createdAt: t.field({ type: 'DateTime', resolve: ({ createdAt }) => createdAt.getTime() }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Null once it was delivered or has failed.',
      resolve: ({ dueAt }) => dueAt?.getTime(),
    }),
    log: t.field({
      type: [AttemptRef],
      description: 'Every try, the first one first.',
      resolve: ({ id }, _args, { loaders }) => loaders.attemptsOfMessage.load(id),
    }),
  }),
});

const EndpointRef = builder.objectRef<WebhookEndpoint>('WebhookEndpoint');
builder.node(EndpointRef, {
  description: 'Its secret was shown when it was made.',
  authScopes: { scope: 'ADMIN' },
  id: { resolve: (endpoint) => endpoint.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.webhookEndpoint.load(id))),
  fields: (t) => ({
    url: t.expose('url', { type: 'URL' }),
    events: t.expose('events', { type: [WebhookEventEnum] }),
    createdAt: t.field({ type: 'DateTime', resolve: ({ createdAt }) => createdAt.getTime() }),
    messages: t.connection(
      {
        type: MessageRef,
        description:
          'The delivery log: messages that wait, and those that ended within DELIVERY_RETENTION; the oldest first.',
        resolve: ({ id }, args, { services }) =>
          paginate('WebhookMessage', args, (page) => listMessages(services.store, id, page)),
      },
      { name: 'WebhookMessageConnection' },
      { name: 'WebhookMessageEdge' },
    ),
  }),
});

builder.queryField('webhookEndpoints', (t) =>
  t.connection(
    {
      type: EndpointRef,
      authScopes: { scope: 'ADMIN' },
      resolve: (_root, args, context) =>
        paginate('WebhookEndpoint', args, (page) =>
          listEndpoints(context.services.store, requireOrganisation(context), page),
        ),
    },
    { name: 'WebhookEndpointConnection' },
    { name: 'WebhookEndpointEdge' },
  ),
);

const WebhookEndpointInput = builder.inputType('WebhookEndpointInput', {
  fields: (t) => ({
    url: t.field({ type: 'URL', required: true }),
    events: t.field({ type: [WebhookEventEnum], required: true }),
  }),
});

const CreatedRef = builder.objectRef<{ id: string; secret: string }>('CreatedWebhookEndpoint').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    secret: t.exposeString('secret', { description: 'Standard Webhooks secret, shown once.' }),
  }),
});

builder.mutationFields((t) => ({
  createWebhookEndpoint: t.field({
    type: CreatedRef,
    description: 'From now on bookings are told there.',
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: WebhookEndpointInput, required: true }) },
    resolve: (_root, { input }, context) =>
      context.services.webhooks.endpoints.create(requireOrganisation(context), input),
  }),
  deleteWebhookEndpoint: t.field({
    type: 'Boolean',
    description: 'With its log. What waited to be sent is not sent.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) => {
      await context.services.webhooks.endpoints.delete(requireOrganisation(context), id);
      return true;
    },
  }),
}));
