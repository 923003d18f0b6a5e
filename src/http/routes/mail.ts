/** POST /inbound/mail: raw MIME from the operator's mail relay. The signature is checked before the body is read. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebhookReply } from '../../providers/port.ts';
import { type InboundMail, NOT_SIGNED, TOO_LARGE } from '../../webhooks/mail/mail.ts';
import type { ReadBody } from '../body.ts';

/** Largest mail. Bytes. */
export const MAIL_MAX = 10 * 1024 * 1024;

export function createMailRoute(mail: InboundMail, readBody: ReadBody) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const signature = mail.admit(headerOf(request));
    if (!signature) return refuse(response, NOT_SIGNED);
    const body = await readBody(request, MAIL_MAX);
    if (!body) return refuse(response, TOO_LARGE);
    send(response, await mail.receive(signature, body));
  };
}

const headerOf = ({ headers }: IncomingMessage) => {
  const header = headers['x-slotwire-signature'];
  return typeof header === 'string' ? header : undefined;
};

/** The rest of the body is not read. */
function refuse(response: ServerResponse, reply: WebhookReply): void {
  response.setHeader('connection', 'close');
  send(response, reply);
}

const send = (response: ServerResponse, { status, headers, body }: WebhookReply) =>
  void response.writeHead(status, headers).end(body);
