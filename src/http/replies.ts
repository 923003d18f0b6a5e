/** Answers of a few words, and what a request that failed is answered. */
import type { ServerResponse } from 'node:http';
import { type ErrorCode, SlotwireError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { WebhookReply } from '../providers/port.ts';
import { NoRoomForBody, RequestCutOff } from './body.ts';
import { sendMessage } from './routes/pages.ts';

/** @param allowed methods that the address takes */
export const methodNotAllowed = (allowed: readonly string[]): WebhookReply => {
  const { headers, ...reply } = plainText(405, 'This address does not take that method.\n');
  return { ...reply, headers: { ...headers, allow: allowed.join(', ') } };
};

/** In plain text. */
export const plainText = (status: number, body: string): WebhookReply => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
});

const BUSY: WebhookReply = {
  status: 503,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1', connection: 'close' },
  body: 'Too much is asked at once: try again in a moment.\n',
};

/** Sends it whole. */
export function sendReply(response: ServerResponse, reply: WebhookReply) {
  response.writeHead(reply.status, reply.headers).end(reply.body);
}

/** 302, which nobody keeps. */
export const sendRedirect = (response: ServerResponse, location: string) =>
  response.writeHead(302, { location, 'cache-control': 'no-store' }).end();

/** For an address that has another spelling. It may be kept for a day: slugs can be changed. */
export const sendMoved = (response: ServerResponse, location: string) =>
  response.writeHead(308, { location, 'cache-control': 'max-age=86400' }).end();

const STATUS: Partial<Record<ErrorCode, number>> = {
  NOT_FOUND: 404,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
};

/** Answers for a handler that threw: with a page that says why where the caller can act on it. */
export function answerFailure(log: Log, response: ServerResponse, error: unknown) {
  // The sender is gone.
  if (response.headersSent || error instanceof RequestCutOff) return response.destroy();
  if (error instanceof NoRoomForBody) return sendReply(response, BUSY);
  if (error instanceof SlotwireError) {
    const { retryAfter } = error.details;
    if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
    return sendMessage(response, STATUS[error.code] ?? 400, 'That did not work', error.message);
  }
  log.error({ err: error }, 'request failed');
  sendMessage(response, 500, 'Something went wrong', 'Something went wrong on our side. Please try again.');
}
