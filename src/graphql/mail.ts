/** Mail: what was sent to visitors and hosts, or could not be. */
import { listMails, type Mail, type MailKind, type MailStatus } from '../store/outbound/mails.ts';
import { BookingRef } from './booking.ts';
import { builder, type EnumValues } from './builder.ts';
import { requireOrganisation } from './context.ts';
import { paginate } from './pagination.ts';

const KindEnum = builder.enumType('MailKind', {
  description: 'What a mail tells.',
  values: {
    BOOKED: { description: 'A booking was made.' },
    MOVED: { description: 'A booking was moved.' },
    CANCELLED: { description: 'A booking was cancelled.' },
    REMINDER: { description: 'A booking is coming up.' },
    LINK: { description: "The link of a booking's online meeting, which was not known before." },
    VERIFICATION: { description: 'The code that proves an e-mail address.' },
    REQUESTED: { description: 'A booking was asked for, and waits to be accepted.' },
    REQUEST_CHANGED: { description: 'A request has another time or host.' },
    WITHDRAWN: { description: 'A request was withdrawn by its visitor.' },
    ACCEPTED: { description: 'A request was accepted.' },
    DECLINED: { description: 'A request was declined, or not accepted before its start.' },
  } as const satisfies EnumValues<MailKind>,
});

const StatusEnum = builder.enumType('MailStatus', {
  description: 'What became of a mail.',
  values: {
    PENDING: { description: 'To be sent, or to be tried again.' },
    SENT: { description: 'The mail server took it.' },
    FAILED: { description: 'The mail server refused it, or took nothing for three days.' },
    ERASED: { description: 'Not sent any more: the person whom it was to or about was erased.' },
  } as const satisfies EnumValues<MailStatus>,
});

const MailRef = builder.objectRef<Mail>('Mail');
builder.node(MailRef, {
  description: 'One mail to one visitor or host, kept until DELIVERY_RETENTION after its end. Admin.',
  authScopes: { scope: 'ADMIN' },
  id: { description: 'Starts with `mail_`; the Message-ID begins with it.', resolve: (mail) => mail.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.mail.load(id))),
  fields: (t) => ({
    kind: t.expose('kind', { type: KindEnum, description: 'What it tells.' }),
    status: t.expose('status', { type: StatusEnum, description: 'What became of it.' }),
    to: t.expose('recipient', {
      type: 'EmailAddress',
      nullable: true,
      description: 'Where it goes; null once that person was erased.',
    }),
    booking: t.field({
      type: BookingRef,
      nullable: true,
      description: 'The booking that it is about; null: about none, or one that was erased.',
      resolve: async ({ bookingId }, _args, { loaders }) => {
        const booking = bookingId === null ? null : await loaders.booking.load(bookingId);
        return booking && { ...booking, token: null };
      },
    }),
    attempts: t.exposeInt('attempts', { description: 'How often it was tried.' }),
    responseCode: t.exposeInt('responseCode', {
      nullable: true,
      description:
        'What the mail server answered last: 250 when it took it, 4xx later, 5xx never. Null: no answer.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why it was not sent at the last try, in words of the mail server where it had any.',
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was written.',
      resolve: ({ createdAt }) => createdAt.getTime(),
    }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried next; of a reminder also when it is due. Null once it ended.',
      resolve: ({ dueAt }) => dueAt?.getTime(),
    }),
    endedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was sent, or given up; null: it is still to be sent.',
      resolve: ({ endedAt }) => endedAt?.getTime(),
    }),
  }),
});

builder.queryField('mails', (t) =>
  t.connection(
    {
      type: MailRef,
      description:
        'Mails to visitors and hosts that are still to be sent, and those that ended within DELIVERY_RETENTION; the oldest first. Admin.',
      authScopes: { scope: 'ADMIN' },
      args: { status: t.arg({ type: StatusEnum, description: 'Only those. Null: all.' }) },
      resolve: (_root, { status, ...args }, context) =>
        paginate(
          'Mail',
          args,
          listMails(context.services.store, requireOrganisation(context), status ?? null),
        ),
    },
    { name: 'MailConnection' },
    { name: 'MailEdge' },
  ),
);
