/** A held time: what, when, with whom, for how long it is kept; and the form that books it. */
import { BookingForm } from './booking-form.tsx';
import { Countdown } from './countdown.tsx';
import type { Attendee, Holding } from './holder.ts';
import type { PageEventType } from './hooks.ts';
import { Arrow } from './icons.tsx';
import type { Keep } from './keep.ts';
import { useArrival } from './navigation.ts';
import { When } from './when.tsx';
import { hostsInWords, lengthInWords } from './wording.ts';

export interface DetailsProps {
  readonly eventType: PageEventType;
  readonly holding: Extract<Holding, { kind: 'held' | 'over' }>;
  readonly zone: string;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  readonly keep: Keep;
  readonly onConfirm: (attendee: Attendee) => void;
  readonly onLapse: () => void;
  readonly onAgain: () => void;
  readonly onBack: () => void;
}

export function Details({ eventType, holding, zone, clock, ...props }: DetailsProps) {
  const heading = useArrival<HTMLHeadingElement>();
  const { held } = holding;
  const sending = holding.kind === 'held' && holding.sending;
  return (
    <main class="page page-narrow" data-state="ready" data-step="details" data-holding={holding.kind}>
      <button type="button" class="back" disabled={sending} onClick={props.onBack}>
        <Arrow back /> Other times
      </button>
      <section class="card summary" aria-labelledby="what">
        <div>
          <h1 id="what" ref={heading} tabIndex={-1}>
            {eventType.title}
          </h1>
          <p class="facts">
            {lengthInWords(eventType.length)} · with {hostsInWords(held.hosts)}
          </p>
        </div>
        <When start={held.start} end={held.end} zone={zone} />
        {holding.kind === 'held' && (
          <Countdown key={held.token} until={held.expiresAt} clock={clock} onLapse={props.onLapse} />
        )}
      </section>
      {holding.kind === 'held' ? (
        <BookingForm
          keep={props.keep}
          zone={zone}
          sending={holding.sending}
          problem={holding.problem}
          clock={clock}
          onConfirm={props.onConfirm}
        />
      ) : (
        <section class="card over" data-over>
          <div role="alert">
            <h2>This time is no longer kept for you</h2>
            <p>Nothing was booked. It may still be free, and what you wrote is not lost.</p>
          </div>
          <div class="actions">
            <button type="button" class="button button-first" onClick={props.onAgain}>
              Hold it again
            </button>
            <button type="button" class="button" onClick={props.onBack}>
              Choose another time
            </button>
          </div>
        </section>
      )}
    </main>
  );
}
