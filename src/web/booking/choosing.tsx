/** The way to a booking: finds the event type, shows its times, holds the chosen one and books it. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { HeldBookingFragment } from '../gql/documents.ts';
import type { LiveClient } from '../live/client.ts';
import type { PageAddress } from './address.ts';
import { againDeps } from './asking.ts';
import { Board } from './board.tsx';
import { Chosen } from './chosen.tsx';
import { Details } from './details.tsx';
import { createHolder, type Holding } from './holder.ts';
import { type PageEventType, useEventType } from './hooks.ts';
import type { Keep } from './keep.ts';
import { Loading } from './loading.tsx';
import { Missing } from './missing.tsx';
import type { Navigation } from './navigation.ts';
import { Trouble } from './trouble.tsx';
import { lengthOf, withWhom } from './wording.ts';

export interface ChoosingProps {
  readonly client: LiveClient;
  readonly navigation: Navigation;
  readonly address: PageAddress | null;
  readonly keep: Keep;
  readonly zone: string;
  readonly onZone: (zone: string) => void;
  readonly onBooked: (booking: HeldBookingFragment) => void;
}

export function Choosing({ address, ...props }: ChoosingProps) {
  const asked = useEventType(props.client, address);
  const eventType = asked.kind === 'found' ? asked.eventType : null;
  useEffect(() => {
    if (!eventType) return;
    const names = eventType.hosts.map(({ name }) => name);
    document.title = `${eventType.title} – ${withWhom('COLLECTIVE', names)}`;
  }, [eventType]);
  if (eventType) return <Steps key={eventType.id} eventType={eventType} {...props} />;
  if (asked.kind === 'missing') return <Missing />;
  return <Loading failed={asked.kind === 'asking' && asked.failed} />;
}

type StepsProps = Omit<ChoosingProps, 'address'> & { readonly eventType: PageEventType };

const TIMES = { at: 'times', start: null } as const;

function Steps({ client, navigation, keep, zone, onZone, onBooked, eventType }: StepsProps) {
  const { place } = navigation;
  const { start } = place.route;
  /** Of the link that was opened, or of what the visitor chose: only that is held. */
  const wanted = place.own ? start : null;
  const clock = useMemo(() => () => Date.now() + client.skew(), [client]);
  const [holding, setHolding] = useState<Holding>({ kind: 'none', problem: null, start: null });
  const holder = useMemo(
    () =>
      createHolder({
        ...againDeps(client),
        eventType: eventType.id,
        keep,
        clock,
        tell: setHolding,
      }),
    [client, eventType.id, keep, clock],
  );
  /** The times open at what was chosen last. */
  const [shown, setShown] = useState(start);
  const here = useRef(place);
  here.current = place;

  // The address says what is wanted; going back gives up what is held, going on takes it again.
  useEffect(() => {
    if (wanted === null) {
      holder.release();
      return;
    }
    const now = holder.now();
    setHolding(now);
    if ((now.kind === 'held' || now.kind === 'over') && now.held.start === wanted) return;
    if (now.kind === 'asking' && now.start === wanted) return;
    void take(wanted);
  }, [holder, wanted]);
  // On the way to a booking's own address nothing is held any more. A reload is no such way: it runs no effects.
  useEffect(() => () => holder.release(), [holder]);

  async function take(chosen: number) {
    setShown(chosen);
    if (await holder.hold(chosen)) {
      if (here.current.own && here.current.route.start === chosen) return;
      navigation.push({ at: 'times', start: chosen });
    } else if (here.current.own && here.current.route.start === chosen && holder.now().kind === 'none') {
      navigation.back(TIMES);
    }
  }

  async function confirm(attendee: Parameters<typeof holder.confirm>[0]) {
    const booking = await holder.confirm(attendee);
    if (booking?.token) {
      keep.keepDraft(null);
      onBooked(booking);
      const route = { at: 'booking', token: booking.token, doing: 'show', start: null } as const;
      // Who went back meanwhile finds the times there still.
      if (here.current.own) navigation.replace(route, 'booked');
      else navigation.push(route, 'booked');
    } else if (holder.now().kind === 'none' && here.current.own) navigation.back(TIMES);
  }

  if (wanted !== null && (holding.kind === 'held' || holding.kind === 'over')) {
    return (
      <Details
        eventType={eventType}
        holding={holding}
        zone={zone}
        clock={clock}
        keep={keep}
        onConfirm={confirm}
        onLapse={holder.lapse}
        onAgain={() => void take(holding.held.start)}
        onBack={() => navigation.back(TIMES)}
      />
    );
  }
  if (wanted !== null && holding.kind === 'asking') return <Loading failed={false} week={false} />;
  const asking = holding.kind === 'asking' ? holding.start : null;
  const problem = holding.kind === 'none' ? holding.problem : null;
  const linked = place.own ? null : start;
  return (
    <Board
      client={client}
      eventType={eventType}
      zone={zone}
      onZone={onZone}
      asking={asking}
      shown={start ?? shown}
      chosen={linked}
      onChoose={(chosen) => void take(chosen)}
      notice={
        problem && (
          <Trouble
            problem={problem}
            deed="hold"
            clock={clock}
            onAgain={
              holding.kind === 'none' && holding.start !== null ? () => void take(holding.start ?? 0) : null
            }
          />
        )
      }
      foot={({ slot, gone }) =>
        linked !== null && (
          <Chosen
            start={linked}
            end={slot ? Date.parse(slot.end) : linked + lengthOf(eventType.length)}
            zone={zone}
            gone={gone && asking !== linked}
            busy={asking === linked}
            onTake={() => void take(linked)}
            onClose={() => navigation.replace(TIMES)}
          />
        )
      }
    />
  );
}
