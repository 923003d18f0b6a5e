/** The next step about a calendar's watch channels, decided from their rows alone. */

import type { WatchChannel } from '../../store/calendars/watch-channels.ts';
import type { Instant } from '../../time/clock.ts';

export type ChannelStep =
  | { do: 'open' }
  | { do: 'renew' | 'close'; channel: WatchChannel }
  /** The provider has no such channel any more, or never had it. */
  | { do: 'mark-closed'; channel: WatchChannel }
  /** The process that was opening it is gone. The provider may have it, under an id that was never recorded. */
  | { do: 'mark-lost'; channel: WatchChannel }
  /** Another process is opening a channel. */
  | { do: 'wait' }
  | { do: 'nothing' };

/**
 * @param channels those that are neither closed nor lost, oldest first
 * @param renewable false: a channel is replaced by a new one; both are open for a moment, so that no change is missed
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
  if (ended) return { do: 'mark-closed', channel: ended };
  const [opening] = withStatus('opening');
  // The provider's greeting may have brought the channel's id, although the answer never came.
  if (opening && due(opening))
    return { do: opening.remoteId === null ? 'mark-lost' : 'close', channel: opening };
  if (opening) return { do: 'wait' };
  const [closing] = withStatus('closing').filter(due);
  if (closing) return { do: 'close', channel: closing };

  const open = withStatus('open');
  const newest = open.at(-1);
  const surplus = wanted ? open.slice(0, -1) : open;
  if (surplus[0]) return { do: 'close', channel: surplus[0] };
  const [failed] = withStatus('failed');
  // The provider may have opened the failed one all the same: then its greeting brought its id.
  if (failed && (!wanted || newest))
    return { do: failed.remoteId === null ? 'mark-closed' : 'close', channel: failed };
  if (!wanted) return { do: 'nothing' };
  if (!newest) return { do: 'open' };
  if (!due(newest)) return { do: 'nothing' };
  return renewable ? { do: 'renew', channel: newest } : { do: 'open' };
}
