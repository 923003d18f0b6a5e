/** The steps of a new booking: finds the event type, shows its times, holds the chosen one and books it. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatInstant } from '../../time/instant-text.ts';
import { announce, announceBooking } from '../embed/announce.ts';
import type { HeldBookingFragment } from '../gql/documents.ts';
import type { LiveClient } from '../live/client.ts';
import { browserRetryDeps } from '../live/retry.ts';
import { say } from '../words.ts';
import { formatPath, type PageAddress } from './address.ts';
import { lengthOf, useChosenLength } from './chosen-length.ts';
import { ChosenTime } from './chosen-time.tsx';
import { createHoldController, type HoldState } from './hold-controller.ts';
import { HoldDetails } from './hold-details.tsx';
import { type BookableEventType, useEventType } from './hooks.ts';
import { leaveAfterBooking } from './leave.ts';
import { Loading } from './loading.tsx';
import { NoEventType, Paused } from './missing.tsx';
import { type Navigation, useTitle } from './navigation.ts';
import type { PageStorage } from './page-storage.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { SlotPicker } from './slot-picker.tsx';
import { solveChallenge } from './solve-challenge.ts';
import { eventTypeHostsInWords, lengthMs } from './wording.ts';

export interface NewBookingProps {
  readonly client: LiveClient;
  readonly navigation: Navigation;
  readonly address: PageAddress | null;
  readonly storage: PageStorage;
  readonly zone: string;
  readonly onZone: (zone: string) => void;
  readonly onBooked: (booking: HeldBookingFragment) => void;
}

export function NewBookingScreen({ address, ...props }: NewBookingProps) {
  const { client } = props;
  const eventTypeState = useEventType(client, address);
  const clock = useMemo(() => () => Date.now() + client.skew(), [client]);
  const eventType = eventTypeState.kind === 'found' ? eventTypeState.eventType : null;
  // A visitor who passes the address on passes on the event type's own spelling.
  useEffect(() => {
    const path = eventType && formatPath(eventType);
    if (path && location.pathname.toLowerCase() === path.toLowerCase() && location.pathname !== path)
      history.replaceState(history.state, '', `${path}${location.search}${location.hash}`);
  }, [eventType]);
  if (eventType?.active === false) return <Paused eventType={eventType} />;
  if (eventType) return <Steps key={eventType.id} eventType={eventType} {...props} />;
  if (eventTypeState.kind === 'missing') return <NoEventType />;
  const problem = eventTypeState.kind === 'pending' ? eventTypeState.problem : null;
  return <Loading problem={problem} clock={clock} />;
}

type StepsProps = Omit<NewBookingProps, 'address'> & { readonly eventType: BookableEventType };

const TIMES = { at: 'times', start: null } as const;

function Steps({ client, navigation, storage, zone, onZone, onBooked, eventType }: StepsProps) {
  const { entry } = navigation;
  const { start } = entry.route;
  /** The start that the visitor chose here. A start that only a link named is not held. */
  const requestedStart = entry.own ? start : null;
  const { length, choose: chooseLength } = useChosenLength(eventType);
  const clock = useMemo(() => () => Date.now() + client.skew(), [client]);
  const [holdState, setHolding] = useState<HoldState>({ kind: 'none', problem: null, start: null });
  const holdController = useMemo(
    () =>
      createHoldController({
        ...browserRetryDeps(client),
        eventType: eventType.id,
        solve: solveChallenge,
        storage,
        clock,
        onChange: setHolding,
      }),
    [client, eventType.id, storage, clock],
  );
  /** The start chosen last: the list of times opens at its week. */
  const [lastChosen, setShown] = useState(start);
  const currentEntry = useRef(entry);
  currentEntry.current = entry;

  // The address decides which start is held: going back releases the hold, going forward requests it again.
  useEffect(() => {
    if (requestedStart === null) {
      holdController.release();
      return;
    }
    const current = holdController.state();
    setHolding(current);
    if ((current.kind === 'held' || current.kind === 'over') && current.held.start === requestedStart) return;
    if (current.kind === 'pending' && current.start === requestedStart) return;
    void hold(requestedStart);
  }, [holdController, requestedStart]);
  // Leaving this screen releases the hold. A reload does not, because it runs no cleanup.
  useEffect(() => () => holdController.release(), [holdController]);

  /** @param wanted another length than the one that is chosen now */
  async function hold(chosen: number, wanted = length) {
    setShown(chosen);
    if (await holdController.hold(chosen, wanted)) {
      announceHeld(eventType, holdController.state());
      if (currentEntry.current.own && currentEntry.current.route.start === chosen) return;
      navigation.push({ at: 'times', start: chosen });
    } else if (
      currentEntry.current.own &&
      currentEntry.current.route.start === chosen &&
      holdController.state().kind === 'none'
    ) {
      navigation.back(TIMES);
    }
  }

  async function confirm(attendee: Parameters<typeof holdController.confirm>[0]) {
    const booking = await holdController.confirm(attendee);
    if (booking?.token) {
      storage.saveDraft(null);
      onBooked(booking);
      announceBooking('slotwire:booked', booking);
      const route = { at: 'booking', token: booking.token, action: 'show', start: null } as const;
      // A visitor who went back meanwhile still finds the list of times in the history.
      if (currentEntry.current.own) navigation.replace(route, 'booked');
      else navigation.push(route, 'booked');
      leaveAfterBooking(eventType.redirectUrl, booking);
    } else if (holdController.state().kind === 'none' && currentEntry.current.own) navigation.back(TIMES);
  }

  const isHolding = requestedStart !== null && (holdState.kind === 'held' || holdState.kind === 'over');
  const hostNames = eventType.hosts.map(({ name }) => name);
  const title = `${eventType.title} – ${eventTypeHostsInWords('COLLECTIVE', hostNames)}`;
  useTitle(isHolding ? say('form.pageTitle', { title: eventType.title }) : title);

  if (requestedStart !== null && (holdState.kind === 'held' || holdState.kind === 'over')) {
    return (
      <HoldDetails
        eventType={eventType}
        holdState={holdState}
        zone={zone}
        clock={clock}
        storage={storage}
        onConfirm={confirm}
        onLapse={holdController.lapse}
        onRetry={() => void hold(holdState.held.start, lengthOf(eventType, holdState.held))}
        onBack={() => navigation.back(TIMES)}
      />
    );
  }
  const checking = holdState.kind === 'pending' && holdState.checking;
  if (requestedStart !== null && holdState.kind === 'pending')
    return <Loading problem={null} clock={clock} checking={checking} week={false} />;
  const pending = holdState.kind === 'pending' ? holdState.start : null;
  const problem = holdState.kind === 'none' ? holdState.problem : null;
  const linkedStart = entry.own ? null : start;
  return (
    <SlotPicker
      client={client}
      eventType={eventType}
      length={length}
      onLength={chooseLength}
      description={eventType.description}
      zone={zone}
      onZone={onZone}
      pending={pending}
      checking={checking}
      lastChosen={start ?? lastChosen}
      chosen={linkedStart}
      onChoose={(chosen) => void hold(chosen)}
      notice={
        problem && (
          <ProblemNotice
            problem={problem}
            action="hold"
            clock={clock}
            onRetry={
              holdState.kind === 'none' && holdState.start !== null
                ? () => void hold(holdState.start ?? 0)
                : null
            }
          />
        )
      }
      foot={({ slot, gone }) =>
        linkedStart !== null && (
          <ChosenTime
            start={linkedStart}
            end={slot ? Date.parse(slot.end) : linkedStart + lengthMs(length)}
            zone={zone}
            gone={gone && pending !== linkedStart}
            busy={pending === linkedStart}
            onBook={() => void hold(linkedStart)}
            onClose={() => navigation.replace(TIMES)}
          />
        )
      }
    />
  );
}

/** Tells the page around the frame which time the visitor chose. */
function announceHeld({ hosts }: BookableEventType, state: HoldState) {
  if (state.kind !== 'held') return;
  const { start, end, hosts: names } = state.held;
  announce({
    type: 'slotwire:slot',
    detail: {
      booking: null,
      start: formatInstant(start),
      end: formatInstant(end),
      hosts: hosts.filter(({ name }) => names.includes(name)).map(({ id, name }) => ({ id, name })),
    },
  });
}
