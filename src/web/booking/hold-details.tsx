/** A held time: what, when, with whom and for how long; and the form that books it. */

import { say } from '../words.ts';
import { BookingForm } from './booking-form.tsx';
import { Countdown } from './countdown.tsx';
import type { AttendeeInput, HoldState } from './hold-controller.ts';
import { HoldOver } from './hold-over.tsx';
import type { BookableEventType } from './hooks.ts';
import { Arrow } from './icons.tsx';
import { useHeadingFocus } from './navigation.ts';
import type { PageStorage } from './page-storage.ts';
import { OnlyPlace } from './place-field.tsx';
import { When } from './when.tsx';
import { hostsInWords, spanInWords } from './wording.ts';

export interface HoldDetailsProps {
  readonly eventType: BookableEventType;
  readonly holdState: Extract<HoldState, { kind: 'held' | 'over' }>;
  readonly zone: string;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  readonly storage: PageStorage;
  readonly onConfirm: (attendee: AttendeeInput) => void;
  readonly onLapse: () => void;
  readonly onRetry: () => void;
  readonly onBack: () => void;
}

export function HoldDetails({ eventType, holdState, zone, clock, ...props }: HoldDetailsProps) {
  const heading = useHeadingFocus<HTMLHeadingElement>();
  const { held } = holdState;
  const sending = holdState.kind === 'held' && holdState.sending;
  return (
    <main class="page page-narrow" data-state="ready" data-step="details" data-holding={holdState.kind}>
      <button type="button" class="back" disabled={sending} onClick={props.onBack}>
        <Arrow back /> {say('action.others')}
      </button>
      <section class="card summary" aria-labelledby="what">
        <div>
          <h1 id="what" ref={heading} tabIndex={-1}>
            {eventType.title}
          </h1>
          <p class="facts">
            {spanInWords(held.end - held.start)} · {say('hosts.with', { hosts: hostsInWords(held.hosts) })}
          </p>
        </div>
        <When start={held.start} end={held.end} zone={zone} />
        <OnlyPlace places={eventType.places} />
        {holdState.kind === 'held' && (
          <Countdown key={held.token} until={held.expiresAt} clock={clock} onLapse={props.onLapse} />
        )}
      </section>
      {holdState.kind === 'held' ? (
        <BookingForm
          eventType={eventType}
          storage={props.storage}
          zone={zone}
          sending={holdState.sending}
          problem={holdState.problem}
          clock={clock}
          onConfirm={props.onConfirm}
        />
      ) : (
        <HoldOver onRetry={props.onRetry} onBack={props.onBack} />
      )}
    </main>
  );
}
