/** How the visitor likes to see times, remembered by the browser for their next visit, and known to every part of the page. */
import { createContext } from 'preact';
import { useContext, useMemo, useState } from 'preact/hooks';
import { pageLocale } from '../words.ts';
import type { StorageArea } from './page-storage.ts';
import { createZoneWriter, type HourCycle, type ZoneWriter } from './zones.ts';

export type CalendarView = 'week' | 'month';

export interface Preferences {
  readonly view: CalendarView;
  /** Null: as the visitor's locale has it. */
  readonly hours: HourCycle | null;
}

export interface ChosenPreferences extends Preferences {
  choose(changed: Partial<Preferences>): void;
}

const KEY = 'slotwire.preferences';
const VIEWS: readonly unknown[] = ['week', 'month'] satisfies CalendarView[];
const HOURS: readonly unknown[] = ['h12', 'h23'] satisfies HourCycle[];
const isView = (value: unknown): value is CalendarView => VIEWS.includes(value);
const isHourCycle = (value: unknown): value is HourCycle => HOURS.includes(value);

/** @param asked the view that the address names, for those who have chosen none */
export function readPreferences(open: () => StorageArea, asked: string | null): Preferences {
  let stored: { view?: unknown; hours?: unknown } = {};
  try {
    stored = Object(JSON.parse(open().getItem(KEY) ?? '{}'));
  } catch {}
  const view = isView(stored.view) ? stored.view : isView(asked) ? asked : 'month';
  return { view, hours: isHourCycle(stored.hours) ? stored.hours : null };
}

/** Where the browser refuses storage, a choice holds until the page is left. */
export function savePreferences(open: () => StorageArea, { view, hours }: Preferences): void {
  try {
    open().setItem(KEY, JSON.stringify({ view, hours }));
  } catch {}
}

export const PreferencesContext = createContext<ChosenPreferences>({
  view: 'month',
  hours: null,
  choose: () => {},
});

/** For the page's outermost part. */
export function useStoredPreferences(open: () => StorageArea): ChosenPreferences {
  const [preferences, setPreferences] = useState(() =>
    readPreferences(open, new URLSearchParams(location.search).get('view')),
  );
  return useMemo(
    () => ({
      ...preferences,
      choose(changed) {
        const chosen = { ...preferences, ...changed };
        savePreferences(open, chosen);
        setPreferences(chosen);
      },
    }),
    [preferences, open],
  );
}

export const usePreferences = (): ChosenPreferences => useContext(PreferencesContext);

/** Writes times of a zone as the visitor likes to see them. */
export function useZoneWriter(zone: string): ZoneWriter {
  const { hours } = usePreferences();
  return useMemo(() => createZoneWriter(zone, pageLocale(), hours), [zone, hours]);
}
