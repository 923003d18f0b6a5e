/** Where the visitor is, kept in the browser's history so that back, forward and reload do what they say. */
import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Route, readRoute, writeRoute } from './address.ts';

/** What was just done, told once more where it led. */
export type Note = 'booked' | 'moved';

export interface Place {
  readonly route: Route;
  /** The visitor came by the page's own buttons, not by a link: what is chosen is their wish. */
  readonly own: boolean;
  readonly note: Note | null;
}

export interface Navigation {
  readonly place: Place;
  /** A step on: the browser's back leads here again. */
  push(route: Route, note?: Note): void;
  /** Instead of where one is. */
  replace(route: Route, note?: Note): void;
  /** To where the visitor came from; to `otherwise` when a link led straight here. */
  back(otherwise: Route): void;
}

interface Kept {
  readonly own?: boolean;
  readonly note?: Note;
}

function read(): Place {
  const kept = (history.state ?? {}) as Kept;
  return { route: readRoute(location.hash), own: kept.own === true, note: kept.note ?? null };
}

/** Has the visitor moved within the page? Until then nothing takes the focus. */
let moved = false;

export function useNavigation(): Navigation {
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const again = () => {
      moved = true;
      setPlace(read());
    };
    addEventListener('popstate', again);
    return () => removeEventListener('popstate', again);
  }, []);
  const moves = useMemo(() => {
    const go = (how: 'pushState' | 'replaceState', route: Route, kept: Kept) => {
      moved = true;
      history[how](kept, '', `${location.pathname}${location.search}${writeRoute(route)}`);
      setPlace(read());
    };
    const noted = (note?: Note) => (note ? { note } : {});
    return {
      push: (route: Route, note?: Note) => go('pushState', route, { own: true, ...noted(note) }),
      replace: (route: Route, note?: Note) => go('replaceState', route, { own: read().own, ...noted(note) }),
      back: (otherwise: Route) =>
        read().own ? history.back() : go('replaceState', otherwise, { own: false }),
    };
  }, []);
  return useMemo(() => ({ place, ...moves }), [place, moves]);
}

/**
 * Gives the focus to a heading when the visitor comes to it, so that it is read and Tab goes on from there.
 * @param whole is it the heading of a screen, or of a part further down?
 */
export function useArrival<T extends HTMLElement>(whole = true): RefObject<T> {
  const heading = useRef<T>(null);
  useEffect(() => {
    if (!moved) return;
    if (whole) scrollTo({ top: 0, behavior: 'instant' });
    else heading.current?.parentElement?.scrollIntoView({ block: 'nearest' });
    heading.current?.focus({ preventScroll: true });
  }, []);
  return heading;
}
