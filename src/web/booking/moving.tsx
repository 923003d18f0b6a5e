/** Moves a booking: its times again, where its own doesn't block, then one question. */
import type { HeldBookingFragment } from '../gql/documents.ts';
import type { LiveClient } from '../live/client.ts';
import type { Route } from './address.ts';
import { Board } from './board.tsx';
import { useNow } from './hooks.ts';
import { Arrow } from './icons.tsx';
import { type Navigation, useArrival } from './navigation.ts';
import { mustWait, type Problem } from './problems.ts';
import { Trouble } from './trouble.tsx';
import { When } from './when.tsx';
import { hostsInWords, lengthInWords, lengthOf } from './wording.ts';

export interface MovingProps {
  readonly client: LiveClient;
  readonly navigation: Navigation;
  readonly route: Extract<Route, { at: 'booking' }>;
  readonly booking: HeldBookingFragment;
  readonly zone: string;
  readonly onZone: (zone: string) => void;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  readonly busy: boolean;
  readonly problem: Problem | null;
  readonly onMove: (start: number) => void;
  readonly onProblemSeen: () => void;
}

export function Moving({ route, booking, navigation, problem, ...props }: MovingProps) {
  if (route.start !== null) {
    return <Question {...props} start={route.start} booking={booking} problem={problem} onBack={back} />;
  }
  function back() {
    navigation.back({ ...route, start: null });
  }
  const start = Date.parse(booking.start);
  return (
    <Board
      client={props.client}
      eventType={booking.eventType}
      zone={props.zone}
      onZone={props.onZone}
      shown={start}
      chosen={null}
      asking={null}
      moving={{ token: route.token, start }}
      onChoose={(chosen) => {
        props.onProblemSeen();
        navigation.push({ ...route, start: chosen });
      }}
      lead={
        <button
          type="button"
          class="back"
          onClick={() => navigation.back({ ...route, doing: 'show', start: null })}
        >
          <Arrow back /> Back to your booking
        </button>
      }
      notice={problem && <Trouble problem={problem} deed="move" clock={props.clock} onAgain={null} />}
    />
  );
}

type QuestionProps = Pick<MovingProps, 'booking' | 'zone' | 'clock' | 'busy' | 'problem' | 'onMove'> & {
  readonly start: number;
  readonly onBack: () => void;
};

function Question({ booking, start, zone, clock, busy, problem, onMove, onBack }: QuestionProps) {
  const heading = useArrival<HTMLHeadingElement>();
  useNow(problem?.kind === 'limited' ? 1_000 : null);
  const { eventType } = booking;
  const wait = mustWait(problem, clock());
  return (
    <main class="page page-narrow" data-state="ready" data-step="move">
      <button type="button" class="back" disabled={busy} onClick={onBack}>
        <Arrow back /> Other times
      </button>
      <section class="card summary" aria-labelledby="what">
        <div>
          <h1 id="what" ref={heading} tabIndex={-1}>
            Move your booking?
          </h1>
          <p class="facts">
            {eventType.title} · {lengthInWords(eventType.length)} · with{' '}
            {hostsInWords(booking.hosts.map(({ name }) => name))}
          </p>
        </div>
        <dl class="facts-list">
          <dt>From</dt>
          <dd class="past">
            <When start={Date.parse(booking.start)} end={Date.parse(booking.end)} zone={zone} />
          </dd>
          <dt>To</dt>
          <dd>
            <When start={start} end={start + lengthOf(eventType.length)} zone={zone} />
          </dd>
        </dl>
        {problem && <Trouble problem={problem} deed="move" clock={clock} onAgain={null} />}
        <div class="actions">
          <button
            type="button"
            class="button button-first"
            data-confirm
            aria-disabled={busy || wait}
            onClick={() => !busy && !wait && onMove(start)}
          >
            {busy ? 'Moving…' : problem ? 'Try again' : 'Move it'}
          </button>
          <button type="button" class="button" disabled={busy} onClick={onBack}>
            Choose another time
          </button>
        </div>
      </section>
    </main>
  );
}
