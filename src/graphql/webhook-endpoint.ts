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
import { builder, type EnumValues } from './builder.ts';
import { requireOrganisation } from './context.ts';
import { paginate } from './pagination.ts';

const WebhookEventEnum = builder.enumType('WebhookEvent', {
  description: 'What is announced to webhook endpoints.',
  values: {
    BOOKING_REQUESTED: { description: 'A booking was asked for, and waits to be accepted.' },
    BOOKING_DECLINED: {
      description: 'A booking that was asked for was declined, or its start passed undecided.',
    },
    BOOKING_CREATED: { description: 'A booking was made, or one that was asked for was accepted.' },
    BOOKING_RESCHEDULED: { description: 'A booking was moved.' },
    BOOKING_UPDATED: { description: "The link of a booking's online meeting is known." },
    BOOKING_CANCELLED: { description: 'A booking was cancelled.' },
    VERIFICATION_REQUESTED: {
      description:
        'A code is to be sent to an e-mail address: event types with requireEmailVerification need it where no mail server is configured.',
    },
    TEST: {
      description:
        'Nothing happened: an operator tries the endpoint by testWebhookEndpoint. Endpoints get it without naming it.',
    },
  } as const satisfies EnumValues<WebhookEvent>,
});
const StatusEnum = builder.enumType('WebhookMessageStatus', {
  description: 'What became of a message to a webhook endpoint.',
  values: {
    PENDING: { description: 'To be delivered, or to be attempted again.' },
    DELIVERED: { description: 'The endpoint took it.' },
    FAILED: { description: 'Given up after the last attempt.' },
    ERASED: {
      description:
        'Not sent any more: the person whom it was about was erased, and it had nothing to say without them.',
    },
  } as const satisfies EnumValues<MessageStatus>,
});

const AttemptRef = builder.objectRef<WebhookAttempt>('WebhookAttempt').implement({
  description: 'One attempt to deliver a message. Admin.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'When it was made.', resolve: ({ at }) => at.getTime() }),
    responseStatus: t.exposeInt('responseStatus', {
      nullable: true,
      description: 'HTTP status of the answer; null when no answer came.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why it failed; null when the endpoint took the message.',
    }),
    duration: t.field({
      type: 'Duration',
      description: 'How long it took.',
      resolve: ({ milliseconds }) => milliseconds,
    }),
  }),
});

const MessageRef = builder.objectRef<WebhookMessage>('WebhookMessage');
builder.node(MessageRef, {
  description: 'One message to one webhook endpoint. Admin.',
  authScopes: { scope: 'ADMIN' },
  id: { description: 'Starts with `msg_`; sent as the header webhook-id.', resolve: (message) => message.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.webhookMessage.load(id))),
  fields: (t) => ({
    event: t.expose('event', { type: WebhookEventEnum, description: 'What it announces.' }),
    status: t.expose('status', { type: StatusEnum, description: 'What became of it.' }),
    attempts: t.exposeInt('attempts', { description: 'How often its delivery was attempted.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was created.',
      resolve: ({ createdAt }) => createdAt.getTime(),
    }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When its delivery is attempted next; null once it was delivered or has failed.',
      resolve: ({ dueAt }) => dueAt?.getTime(),
    }),
    log: t.field({
      type: [AttemptRef],
      description: 'Every attempt, the first one first.',
      resolve: ({ id }, _args, { loaders }) => loaders.attemptsOfMessage.load(id),
    }),
  }),
});

const EndpointRef = builder.objectRef<WebhookEndpoint>('WebhookEndpoint');
builder.node(EndpointRef, {
  description:
    "Where an organisation's bookings are announced. Its secret was shown when it was created. Admin.",
  authScopes: { scope: 'ADMIN' },
  id: { description: 'Starts with `whe_`.', resolve: (endpoint) => endpoint.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.webhookEndpoint.load(id))),
  fields: (t) => ({
    url: t.expose('url', { type: 'URL', description: 'Where messages are posted.' }),
    events: t.expose('events', { type: [WebhookEventEnum], description: 'What is announced there.' }),
    active: t.exposeBoolean('active', {
      description: 'False: nothing is announced there, and messages that wait are not sent until it is true.',
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was created.',
      resolve: ({ createdAt }) => createdAt.getTime(),
    }),
    messages: t.connection(
      {
        type: MessageRef,
        description:
          'The delivery log: messages still to be delivered, and those that ended within DELIVERY_RETENTION; the oldest first.',
        resolve: ({ id }, args, { services }) =>
          paginate('WebhookMessage', args, listMessages(services.store, id)),
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
      description: 'Webhook endpoints of the organisation, the oldest first. Admin.',
      authScopes: { scope: 'ADMIN' },
      resolve: (_root, args, context) =>
        paginate(
          'WebhookEndpoint',
          args,
          listEndpoints(context.services.store, requireOrganisation(context)),
        ),
    },
    { name: 'WebhookEndpointConnection' },
    { name: 'WebhookEndpointEdge' },
  ),
);

const WebhookEndpointInput = builder.inputType('WebhookEndpointInput', {
  description: 'A webhook endpoint to create.',
  fields: (t) => ({
    url: t.field({
      type: 'URL',
      description:
        'Where to post messages; https, and no private address unless ALLOW_PRIVATE_NETWORK is set.',
      required: true,
    }),
    events: t.field({
      type: [WebhookEventEnum],
      description: 'What to announce; at least one.',
      required: true,
    }),
  }),
});

const PatchRef = builder.inputType('WebhookEndpointPatch', {
  description:
    'What changes of a webhook endpoint: what is absent or null stays. The secret stays in any case.',
  fields: (t) => ({
    url: t.field({
      type: 'URL',
      description: 'Where to post messages, those that wait too; as on creation.',
    }),
    events: t.field({ type: [WebhookEventEnum], description: 'What to announce from now on; at least one.' }),
    active: t.boolean({
      description: 'False: nothing is announced there, and messages that wait are not sent until it is true.',
    }),
  }),
});

const CreatedRef = builder.objectRef<{ id: string; secret: string }>('CreatedWebhookEndpoint').implement({
  description: 'A new webhook endpoint with its secret.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Starts with `whe_`.' }),
    secret: t.exposeString('secret', {
      description:
        'Secret for verifying signatures, in the form of Standard Webhooks (`whsec_…`). Shown only now.',
    }),
  }),
});

builder.mutationFields((t) => ({
  createWebhookEndpoint: t.field({
    type: CreatedRef,
    description: 'Creates an endpoint that bookings are announced to from now on. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      input: t.arg({ type: WebhookEndpointInput, description: 'Where, and of what.', required: true }),
    },
    resolve: (_root, { input }, context) =>
      context.services.webhooks.endpoints.create(requireOrganisation(context), input),
  }),
  updateWebhookEndpoint: t.field({
    type: EndpointRef,
    description: 'Changes where an endpoint is, of what it is notified, or pauses it. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      id: t.arg.id({ description: 'Id of the endpoint (`whe_…`).', required: true }),
      patch: t.arg({ type: PatchRef, description: 'What changes.', required: true }),
    },
    resolve: async (_root, { id, patch: { url, events, active } }, context) => {
      const change = { url: url ?? undefined, events: events ?? undefined, active: active ?? undefined };
      const { endpoints } = context.services.webhooks;
      const changed = await endpoints.update(requireOrganisation(context), id, change);
      context.loaders.webhookEndpoint.clear(id);
      return changed;
    },
  }),
  testWebhookEndpoint: t.field({
    type: MessageRef,
    description:
      'Sends an active endpoint a message of the event TEST, as others are sent; what becomes of it stands in its log. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ description: 'Id of the endpoint (`whe_…`).', required: true }) },
    resolve: (_root, { id }, context) =>
      context.services.webhooks.endpoints.test(requireOrganisation(context), id),
  }),
  resendWebhookMessage: t.field({
    type: MessageRef,
    description:
      'Sends a message once more, at once and whatever became of it, with the same body and the same webhook-id. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ description: 'Id of the message (`msg_…`).', required: true }) },
    resolve: async (_root, { id }, context) => {
      const message = await context.services.webhooks.endpoints.resend(requireOrganisation(context), id);
      context.loaders.webhookMessage.clear(id);
      return message;
    },
  }),
  deleteWebhookEndpoint: t.field({
    type: 'Boolean',
    description:
      'Deletes an endpoint with its log; messages that were still to be sent are dropped. True when done. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ description: 'Id of the endpoint (`whe_…`).', required: true }) },
    resolve: async (_root, { id }, context) => {
      await context.services.webhooks.endpoints.delete(requireOrganisation(context), id);
      return true;
    },
  }),
}));
