/** Moves a booking: the list of times, in which its own time doesn't block, then a confirmation. */
import type { HeldBookingFragment } from '../gql/documents.ts';
import type { LiveClient } from '../live/client.ts';
import { say } from '../words.ts';
import type { PageRoute } from './address.ts';
import { useNow } from './hooks.ts';
import { Arrow } from './icons.tsx';
import { Paused } from './missing.tsx';
import { type Navigation, useHeadingFocus } from './navigation.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { isRateLimited, type Problem } from './problems.ts';
import { SlotPicker } from './slot-picker.tsx';
import { When } from './when.tsx';
import { hostsInWords, spanInWords } from './wording.ts';

export interface MoveBookingProps {
  readonly client: LiveClient;
  readonly navigation: Navigation;
  readonly route: Extract<PageRoute, { at: 'booking' }>;
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

export function MoveBookingScreen({ route, booking, navigation, problem, ...props }: MoveBookingProps) {
  const lead = (
    <button
      type="button"
      class="back"
      onClick={() => navigation.back({ ...route, action: 'show', start: null })}
    >
      <Arrow back /> {say('move.back')}
    </button>
  );
  if (!booking.eventType.active) return <Paused eventType={booking.eventType} lead={lead} />;
  if (route.start !== null) {
    return <MoveQuestion {...props} start={route.start} booking={booking} problem={problem} onBack={back} />;
  }
  function back() {
    navigation.back({ ...route, start: null });
  }
  const start = Date.parse(booking.start);
  return (
    <SlotPicker
      client={props.client}
      eventType={booking.eventType}
      length={null}
      zone={props.zone}
      onZone={props.onZone}
      lastChosen={start}
      chosen={null}
      pending={null}
      rescheduled={{ token: route.token, start, length: Date.parse(booking.end) - start }}
      onChoose={(chosen) => {
        props.onProblemSeen();
        navigation.push({ ...route, start: chosen });
      }}
      lead={lead}
      notice={problem && <ProblemNotice problem={problem} action="move" clock={props.clock} onRetry={null} />}
    />
  );
}

type MoveQuestionProps = Pick<
  MoveBookingProps,
  'booking' | 'zone' | 'clock' | 'busy' | 'problem' | 'onMove'
> & {
  readonly start: number;
  readonly onBack: () => void;
};

function MoveQuestion({ booking, start, zone, clock, busy, problem, onMove, onBack }: MoveQuestionProps) {
  const heading = useHeadingFocus<HTMLHeadingElement>();
  useNow(problem?.kind === 'limited' ? 1_000 : null);
  const { eventType } = booking;
  const length = Date.parse(booking.end) - Date.parse(booking.start);
  const wait = isRateLimited(problem, clock());
  return (
    <main class="page page-narrow" data-state="ready" data-step="move">
      <button type="button" class="back" disabled={busy} onClick={onBack}>
        <Arrow back /> {say('action.others')}
      </button>
      <section class="card summary" aria-labelledby="what">
        <div>
          <h1 id="what" ref={heading} tabIndex={-1}>
            {say('move.question')}
          </h1>
          <p class="facts">
            {eventType.title} · {spanInWords(length)} ·{' '}
            {say('hosts.with', { hosts: hostsInWords(booking.hosts.map(({ name }) => name)) })}
          </p>
        </div>
        <dl class="facts-list">
          <dt>{say('move.from')}</dt>
          <dd class="past">
            <When start={Date.parse(booking.start)} end={Date.parse(booking.end)} zone={zone} />
          </dd>
          <dt>{say('move.to')}</dt>
          <dd>
            <When start={start} end={start + length} zone={zone} />
          </dd>
        </dl>
        {problem && <ProblemNotice problem={problem} action="move" clock={clock} onRetry={null} />}
        <div class="actions">
          <button
            type="button"
            class="button button-first"
            data-confirm
            aria-disabled={busy || wait}
            onClick={() => !busy && !wait && onMove(start)}
          >
            {say(busy ? 'move.moving' : problem ? 'action.retry' : 'move.confirm')}
          </button>
          <button type="button" class="button" disabled={busy} onClick={onBack}>
            {say('action.another')}
          </button>
        </div>
      </section>
    </main>
  );
}
