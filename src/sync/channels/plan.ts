/** What to do next about a calendar's watch channels: one step, decided from the rows alone. */

import type { WatchChannel } from '../../store/calendars/watch-channels.ts';
import type { Instant } from '../../time/clock.ts';

export type ChannelStep =
  | { do: 'open' }
  | { do: 'renew' | 'close'; channel: WatchChannel }
  /** Nothing is at the provider any more, or never was. */
  | { do: 'forget'; channel: WatchChannel }
  /** Whoever was opening it is gone: the provider may know it, but by no name that we know. */
  | { do: 'lose'; channel: WatchChannel }
  /** Somebody is opening one. */
  | { do: 'wait'; channel: WatchChannel }
  | { do: 'nothing'; open: boolean };

/**
 * @param channels those that are not closed, oldest first.
 * @param renewable else a channel is replaced by a new one; both are open for a moment, so that nothing is missed.
 */
export function nextChannelStep(
  wanted: boolean,
  channels: readonly WatchChannel[],
  now: Instant,
  renewable: boolean,
): ChannelStep {
  const due = ({ dueAt }: WatchChannel) => dueAt !== null && dueAt.getTime() <= now;
  const expired = ({ expiresAt }: WatchChannel) => expiresAt !== null && expiresAt.getTime() <= now;
  const withStatus = (...status: string[]) => channels.filter((channel) => status.includes(channel.status));

  const [ended] = withStatus('open', 'closing').filter(expired);
  if (ended) return { do: 'forget', channel: ended };
  const [opening] = withStatus('opening');
  // Its greeting may have told its names.
  if (opening && due(opening)) return { do: opening.remoteId === null ? 'lose' : 'close', channel: opening };
  if (opening) return { do: 'wait', channel: opening };
  const [closing] = withStatus('closing').filter(due);
  if (closing) return { do: 'close', channel: closing };

  const open = withStatus('open');
  const newest = open.at(-1);
  const surplus = wanted ? open.slice(0, -1) : open;
  if (surplus[0]) return { do: 'close', channel: surplus[0] };
  const [failed] = withStatus('failed');
  // Sometimes it was opened all the same, and its greeting told so.
  if (failed && (!wanted || newest))
    return { do: failed.remoteId === null ? 'forget' : 'close', channel: failed };
  if (!wanted) return { do: 'nothing', open: false };
  if (!newest) return { do: 'open' };
  if (!due(newest)) return { do: 'nothing', open: true };
  return renewable ? { do: 'renew', channel: newest } : { do: 'open' };
}
