/** Online meetings that providers make with events: the event stands, whatever becomes of its meeting. */
import { type Conference, ProviderError, type WrittenEvent } from './port.ts';

/** The longest address that is taken, in characters. */
const ADDRESS_MAX = 2_000;

/** An online meeting at the address that a provider returned. */
export const conferenceAt = (url: string): Conference =>
  url.startsWith('https://') && url.length <= ADDRESS_MAX && URL.canParse(url)
    ? { state: 'made', url }
    : { state: 'failed', reason: "the provider's address of the meeting is none of a web page" };

/**
 * Writes an event that is to have an online meeting. An account that may have none is refused the request as a whole: then the
 * event is written without.
 * @param send writes the event, with a request for a meeting or without
 * @throws ProviderError
 */
export async function sendWithConference(
  isWanted: boolean,
  send: (isAsked: boolean) => Promise<WrittenEvent>,
): Promise<WrittenEvent> {
  if (!isWanted) return send(false);
  try {
    return await send(true);
  } catch (error) {
    if (!isRefused(error)) throw error;
    return { ...(await send(false)), conference: { state: 'failed', reason: error.message } };
  }
}

const isRefused = (error: unknown): error is ProviderError =>
  error instanceof ProviderError &&
  error.reason === 'rejected' &&
  (error.status === 400 || error.status === 403);
