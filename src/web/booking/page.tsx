/** The page as a whole: a booking, where the address holds one's token; else the event type and its times. */
import { useMemo, useState } from 'preact/hooks';
import type { HeldBookingFragment } from '../gql/documents.ts';
import type { LiveClient } from '../live/client.ts';
import type { PageAddress } from './address.ts';
import { Choosing } from './choosing.tsx';
import { createKeep } from './keep.ts';
import { Managing } from './managing.tsx';
import { useNavigation } from './navigation.ts';
import { visitorZone } from './zones.ts';

export interface BookingPageProps {
  readonly client: LiveClient;
  /** Null when the path is no booking page's. */
  readonly address: PageAddress | null;
}

export function BookingPage({ client, address }: BookingPageProps) {
  const navigation = useNavigation();
  const keep = useMemo(() => createKeep(() => sessionStorage), []);
  const [zone, setZone] = useState(() => keep.zone() ?? visitorZone());
  /** What was booked here needs no asking for. */
  const [booked, setBooked] = useState<HeldBookingFragment | null>(null);
  const chooseZone = (chosen: string) => {
    keep.keepZone(chosen);
    setZone(chosen);
  };
  const common = { client, navigation, zone, onZone: chooseZone };
  const { route } = navigation.place;
  if (route.at === 'booking') {
    return (
      <Managing
        key={route.token}
        {...common}
        route={route}
        known={booked?.token === route.token ? booked : null}
      />
    );
  }
  return <Choosing {...common} address={address} keep={keep} onBooked={setBooked} />;
}
