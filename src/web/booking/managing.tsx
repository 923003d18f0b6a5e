/** A booking for whoever holds its token: what stands, moving it, cancelling it. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { backoffDelay } from '../../async/backoff.ts';
import type { HeldBookingFragment } from '../gql/documents.ts';
import { RETRY_BACKOFF } from '../live/again.ts';
import type { LiveClient } from '../live/client.ts';
import type { Route } from './address.ts';
import { againDeps } from './asking.ts';
import { BookingCard } from './booking-card.tsx';
import { cancelBooking, moveBooking, readBooking } from './changes.ts';
import { Loading } from './loading.tsx';
import { NoBooking } from './missing.tsx';
import { Moving } from './moving.tsx';
import type { Navigation } from './navigation.ts';
import type { Problem } from './problems.ts';

export interface ManagingProps {
  readonly client: LiveClient;
  readonly navigation: Navigation;
  readonly route: Extract<Route, { at: 'booking' }>;
  readonly zone: string;
  readonly onZone: (zone: string) => void;
  /** The booking, when it was made a moment ago. */
  readonly known: HeldBookingFragment | null;
}

export function Managing({ client, navigation, route, zone, onZone, known }: ManagingProps) {
  const { token } = route;
  const deps = useMemo(() => againDeps(client), [client]);
  const clock = useMemo(() => () => Date.now() + client.skew(), [client]);
  const { booking, setBooking, problem } = useBooking(client, token, known);
  const [failure, setFailure] = useState<{ doing: string; problem: Problem } | null>(null);
  const [busy, setBusy] = useState(false);
  const show: Route = { ...route, doing: 'show', start: null };

  useEffect(() => {
    if (booking) document.title = `Your booking: ${booking.eventType.title}`;
  }, [booking?.eventType.title]);

  // What failed is of no interest on the next screen, but for a time that was taken.
  const failed = failure?.doing === route.doing ? failure.problem : null;

  if (problem?.kind === 'gone') return <NoBooking />;
  if (!booking) return <Loading failed={problem !== null} week={false} />;

  /** One at a time: a second click while the first is under way does nothing. */
  async function act(deed: () => ReturnType<typeof readBooking>): Promise<Problem | null> {
    if (busy) return null;
    setBusy(true);
    setFailure(null);
    const outcome = await deed();
    setBusy(false);
    if (outcome.ok) setBooking(outcome.booking);
    else setFailure({ doing: route.doing, problem: outcome.problem });
    return outcome.ok ? null : outcome.problem;
  }

  async function cancel(reason: string) {
    const trouble = await act(() => cancelBooking(deps, clock, token, reason));
    if (!trouble) navigation.replace(show);
  }

  async function move(start: number) {
    const trouble = await act(() => moveBooking(deps, clock, token, start));
    if (!trouble) return navigation.replace(show, 'moved');
    if (trouble.kind === 'taken' || trouble.kind === 'not-offered')
      navigation.back({ ...route, start: null });
    if (trouble.kind === 'gone') {
      // Cancelled meanwhile, perhaps by the host: the booking itself says so.
      const now = await readBooking(deps, clock, token);
      if (now.ok) setBooking(now.booking);
      navigation.replace(show);
    }
  }

  if (route.doing === 'move' && isOpen(booking, clock())) {
    return (
      <Moving
        client={client}
        navigation={navigation}
        route={route}
        booking={booking}
        zone={zone}
        onZone={onZone}
        clock={clock}
        busy={busy}
        problem={failed}
        onMove={(start) => void move(start)}
        onProblemSeen={() => setFailure(null)}
      />
    );
  }
  return (
    <BookingCard
      key={booking.status}
      booking={booking}
      note={navigation.place.note}
      zone={zone}
      clock={clock}
      open={isOpen(booking, clock())}
      cancelling={route.doing === 'cancel'}
      busy={busy}
      problem={failed}
      onMove={() => navigation.push({ ...route, doing: 'move', start: null })}
      onCancel={() => navigation.push({ ...route, doing: 'cancel', start: null })}
      onKeep={() => navigation.back(show)}
      onCancelled={(reason) => void cancel(reason)}
    />
  );
}

/** Can it still be changed? */
const isOpen = (booking: HeldBookingFragment, now: number) =>
  booking.status === 'CONFIRMED' && Date.parse(booking.start) > now;

/** Asks until there is an answer, and again when the visitor comes back to the page: the host may have moved it. */
function useBooking(client: LiveClient, token: string, known: HeldBookingFragment | null) {
  const [booking, setBooking] = useState(known);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const clock = () => Date.now() + client.skew();
    const ask = async (attempt: number) => {
      const outcome = await readBooking(againDeps(client), clock, token);
      if (stopped) return;
      setProblem(outcome.ok ? null : outcome.problem);
      if (outcome.ok) return setBooking(outcome.booking);
      const { problem: why } = outcome;
      if (why.kind === 'gone') return;
      const atLeast = why.kind === 'limited' ? why.until - clock() : 0;
      timer = setTimeout(ask, Math.max(backoffDelay(RETRY_BACKOFF, attempt + 1), atLeast), attempt + 1);
    };
    // Also of what was made here a moment ago: the visitor may have moved it since, and come back.
    void ask(0);
    const seen = () => {
      clearTimeout(timer);
      if (document.visibilityState === 'visible') void ask(0);
    };
    document.addEventListener('visibilitychange', seen);
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [client, token]);
  return { booking, setBooking, problem };
}
