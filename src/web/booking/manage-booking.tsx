/** The screens of an existing booking, opened by its token: its summary, moving it, cancelling it. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { type Backoff, backoffDelay } from '../../async/backoff.ts';
import type { MessageKey } from '../../languages/words.ts';
import { announceBooking, CHANGES } from '../embed/announce.ts';
import type { HeldBookingFragment } from '../gql/documents.ts';
import type { LiveClient } from '../live/client.ts';
import { browserRetryDeps, RETRY_BACKOFF } from '../live/retry.ts';
import { say } from '../words.ts';
import type { BookingAction, PageRoute } from './address.ts';
import { BookingCard } from './booking-card.tsx';
import { awaitsLink } from './booking-facts.tsx';
import { cancelBooking, moveBooking, readBooking } from './booking-requests.ts';
import { Loading } from './loading.tsx';
import { NoBooking } from './missing.tsx';
import { MoveBookingScreen } from './move-booking.tsx';
import { type Navigation, useTitle } from './navigation.ts';
import type { Problem } from './problems.ts';
import { lengthMs } from './wording.ts';

/** The waits between reads of a booking whose link is not known yet, and how many there are: five minutes in all. */
const LINK_BACKOFF: Backoff = { first: 1_000, max: 60_000, jitter: 0.25 };
const LINK_READS = 10;

const TITLES = {
  show: 'booking.yours',
  move: 'move.title',
  cancel: 'booking.cancel',
} as const satisfies Record<BookingAction, MessageKey>;

export interface ManageBookingProps {
  readonly client: LiveClient;
  readonly navigation: Navigation;
  readonly route: Extract<PageRoute, { at: 'booking' }>;
  readonly zone: string;
  readonly onZone: (zone: string) => void;
  /** The booking, when it was made in this page a moment ago. */
  readonly known: HeldBookingFragment | null;
}

export function ManageBookingScreen({ client, navigation, route, zone, onZone, known }: ManageBookingProps) {
  const { token } = route;
  const deps = useMemo(() => browserRetryDeps(client), [client]);
  const clock = useMemo(() => () => Date.now() + client.skew(), [client]);
  const { booking, setBooking, problem } = useBooking(client, token, known);
  const [failure, setFailure] = useState<{ action: string; problem: Problem } | null>(null);
  const [busy, setBusy] = useState(false);
  const show: PageRoute = { ...route, action: 'show', start: null };

  const isRequest = booking?.status === 'PENDING';
  const title = isRequest && route.action === 'cancel' ? 'booking.withdraw' : TITLES[route.action];
  useTitle(booking ? `${say(title)}: ${booking.eventType.title}` : say(TITLES.show));

  // A failure is shown on the screen of its action only.
  const failed = failure?.action === route.action ? failure.problem : null;

  if (problem?.kind === 'gone') return <NoBooking />;
  if (!booking) return <Loading problem={problem} clock={clock} week={false} />;

  /** Runs one request at a time: a second click while one is under way does nothing. */
  async function act(request: () => ReturnType<typeof readBooking>): Promise<Problem | null> {
    if (busy) return null;
    setBusy(true);
    setFailure(null);
    const result = await request();
    setBusy(false);
    const event = CHANGES[route.action];
    if (result.ok && event) announceBooking(event, result.booking);
    if (result.ok) setBooking(result.booking);
    else setFailure({ action: route.action, problem: result.problem });
    return result.ok ? null : result.problem;
  }

  async function cancel(reason: string) {
    const actionProblem = await act(() => cancelBooking(deps, clock, token, reason));
    if (!actionProblem) navigation.replace(show, isRequest ? 'withdrawn' : undefined);
  }

  async function move(start: number) {
    const actionProblem = await act(() => moveBooking(deps, clock, token, start));
    if (!actionProblem) return navigation.replace(show, 'moved');
    if (actionProblem.kind === 'taken' || actionProblem.kind === 'not-offered')
      navigation.back({ ...route, start: null });
    if (actionProblem.kind === 'gone') {
      // The booking was cancelled meanwhile, perhaps by the host; reading it again shows so.
      const now = await readBooking(deps, clock, token);
      if (now.ok) setBooking(now.booking);
      navigation.replace(show);
    }
  }

  if (route.action === 'move' && isOpen(booking, clock())) {
    return (
      <MoveBookingScreen
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
      note={navigation.entry.note}
      zone={zone}
      clock={clock}
      open={isOpen(booking, clock())}
      fixed={isUpcoming(booking, clock()) && !isOpen(booking, clock())}
      cancelling={route.action === 'cancel'}
      busy={busy}
      problem={failed}
      onMove={() => navigation.push({ ...route, action: 'move', start: null })}
      onCancel={() => navigation.push({ ...route, action: 'cancel', start: null })}
      onDismiss={() => navigation.back(show)}
      onConfirmCancel={(reason) => void cancel(reason)}
    />
  );
}

/** The booking can still be changed. */
const isOpen = (booking: HeldBookingFragment, now: number) =>
  isUpcoming(booking, now) &&
  Date.parse(booking.start) - now >= lengthMs(booking.eventType.changeNotice ?? '');

const isUpcoming = (booking: HeldBookingFragment, now: number) =>
  (booking.status === 'CONFIRMED' || booking.status === 'PENDING') && Date.parse(booking.start) > now;

/**
 * Loads the booking, with retries, and again when the page becomes visible: the host may have moved it. It is read again too for the
 * link of an online meeting, which its provider makes a little later.
 */
function useBooking(client: LiveClient, token: string, known: HeldBookingFragment | null) {
  const [booking, setBooking] = useState(known);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let linkReads = 0;
    const clock = () => Date.now() + client.skew();
    const load = async (attempt: number) => {
      const result = await readBooking(browserRetryDeps(client), clock, token);
      if (stopped) return;
      setProblem(result.ok ? null : result.problem);
      if (result.ok) {
        setBooking(result.booking);
        if (result.booking.status === 'CONFIRMED' && awaitsLink(result.booking) && linkReads < LINK_READS)
          timer = setTimeout(load, backoffDelay(LINK_BACKOFF, linkReads++), 0);
        return;
      }
      const { problem: why } = result;
      if (why.kind === 'gone') return;
      const atLeast = why.kind === 'limited' ? why.until - clock() : 0;
      timer = setTimeout(load, Math.max(backoffDelay(RETRY_BACKOFF, attempt + 1), atLeast), attempt + 1);
    };
    // A booking made here a moment ago is loaded too: the visitor may have moved it since, and come back.
    void load(0);
    const onVisibilityChange = () => {
      clearTimeout(timer);
      if (document.visibilityState === 'visible') void load(0);
    };
    document.addEventListener('visibilitychange', onVisibilityChange);
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibilityChange);
    };
  }, [client, token]);
  return { booking, setBooking, problem };
}
