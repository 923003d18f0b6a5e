/** The booking page: an existing booking where the address has its token, else the steps of a new one. */
import { useMemo, useState } from 'preact/hooks';
import { isTimeZone } from '../../time/zone.ts';
import type { HeldBookingFragment } from '../gql/documents.ts';
import type { LiveClient } from '../live/client.ts';
import type { PageAddress } from './address.ts';
import { ManageBookingScreen } from './manage-booking.tsx';
import { useNavigation } from './navigation.ts';
import { NewBookingScreen } from './new-booking.tsx';
import { createPageStorage } from './page-storage.ts';
import { PreferencesContext, useStoredPreferences } from './preferences.ts';
import { visitorZone } from './zones.ts';

export interface BookingPageProps {
  readonly client: LiveClient;
  /** Null when the path is not that of a booking page. */
  readonly address: PageAddress | null;
}

/** Of the browser, not of one tab: how a visitor likes times outlives the visit. */
const lasting = () => localStorage;

function zoneOfAddress(): string | null {
  const zone = new URLSearchParams(location.search).get('zone');
  return zone !== null && isTimeZone(zone) ? zone : null;
}

export function BookingPage(props: BookingPageProps) {
  const preferences = useStoredPreferences(lasting);
  return (
    <PreferencesContext.Provider value={preferences}>
      <Screens {...props} />
    </PreferencesContext.Provider>
  );
}

function Screens({ client, address }: BookingPageProps) {
  const navigation = useNavigation();
  const storage = useMemo(() => createPageStorage(() => sessionStorage), []);
  const [zone, setZone] = useState(() => storage.zone() ?? zoneOfAddress() ?? visitorZone());
  /** The booking made in this page, shown without loading it first. */
  const [booked, setBooked] = useState<HeldBookingFragment | null>(null);
  const chooseZone = (chosen: string) => {
    storage.saveZone(chosen);
    setZone(chosen);
  };
  const common = { client, navigation, zone, onZone: chooseZone };
  const { route } = navigation.entry;
  if (route.at === 'booking') {
    return (
      <ManageBookingScreen
        key={route.token}
        {...common}
        route={route}
        known={booked?.token === route.token ? booked : null}
      />
    );
  }
  return <NewBookingScreen {...common} address={address} storage={storage} onBooked={setBooked} />;
}
