/** A time in full, with the zone that it is written in. */
import { formatInstant } from '../../time/instant-text.ts';
import { useZoneWriter } from './preferences.ts';

export interface WhenProps {
  /** Epoch milliseconds. */
  readonly start: number;
  readonly end: number;
  readonly zone: string;
  readonly second?: boolean;
}

export function When({ start, end, zone, second = false }: WhenProps) {
  const writer = useZoneWriter(zone);
  return (
    <p class={second ? 'when when-second' : 'when'}>
      <time dateTime={formatInstant(start)}>{writer.whole(start, end)}</time>{' '}
      <span class="in-zone">
        {zone === 'UTC' ? 'UTC' : `${writer.zoneName(start)} (${zone.replaceAll('_', ' ')})`}
      </span>
    </p>
  );
}
