/** The page's navigation, stored in the browser's history so that back, forward and reload work. */
import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { announce } from '../embed/announce.ts';
import { formatRoute, type PageRoute, parseBookingToken, parseRoute } from './address.ts';

/** The action that led to a history entry, for the heading of its screen. */
export type Note = 'booked' | 'moved' | 'withdrawn';

export interface HistoryEntry {
  readonly route: PageRoute;
  /** The visitor came by the page's own buttons, not by a link: the start in the route is their own choice. */
  readonly own: boolean;
  readonly note: Note | null;
}

export interface Navigation {
  readonly entry: HistoryEntry;
  /** Adds a history entry: the browser's back leads here again. */
  push(route: PageRoute, note?: Note): void;
  /** Replaces the current history entry. */
  replace(route: PageRoute, note?: Note): void;
  /** Goes back in the history, or to `otherwise` when a link led straight here. */
  back(otherwise: PageRoute): void;
}

interface HistoryState {
  readonly own?: boolean;
  readonly note?: Note;
}

function currentEntry(): HistoryEntry {
  const state = (history.state ?? {}) as HistoryState;
  const route = parseRoute(location.hash, parseBookingToken(location.pathname));
  return { route, own: state.own === true, note: state.note ?? null };
}

/** True once the visitor has navigated within the page: until then no heading takes the focus. */
let hasNavigated = false;

export function useNavigation(): Navigation {
  const [entry, setEntry] = useState(currentEntry);
  useEffect(() => {
    const onPopState = () => {
      hasNavigated = true;
      setEntry(currentEntry());
    };
    addEventListener('popstate', onPopState);
    return () => removeEventListener('popstate', onPopState);
  }, []);
  const actions = useMemo(() => {
    const go = (how: 'pushState' | 'replaceState', route: PageRoute, state: HistoryState) => {
      hasNavigated = true;
      history[how](
        state,
        '',
        `${location.pathname}${location.search}${formatRoute(route, parseBookingToken(location.pathname))}`,
      );
      setEntry(currentEntry());
    };
    const withNote = (note?: Note) => (note ? { note } : {});
    return {
      push: (route: PageRoute, note?: Note) => go('pushState', route, { own: true, ...withNote(note) }),
      replace: (route: PageRoute, note?: Note) =>
        go('replaceState', route, { own: currentEntry().own, ...withNote(note) }),
      back: (otherwise: PageRoute) =>
        currentEntry().own ? history.back() : go('replaceState', otherwise, { own: false }),
    };
  }, []);
  return useMemo(() => ({ entry, ...actions }), [entry, actions]);
}

/**
 * Focuses a heading when it appears, so that a screen reader announces it and Tab goes on from there.
 * @param whole true for the heading of a screen, false for one of a part further down
 */
export function useHeadingFocus<T extends HTMLElement>(whole = true): RefObject<T> {
  const heading = useRef<T>(null);
  useEffect(() => {
    if (!hasNavigated) return;
    if (whole) {
      scrollTo({ top: 0, behavior: 'instant' });
      announce({ type: 'slotwire:sight', top: 0, bottom: 0 });
    } else heading.current?.parentElement?.scrollIntoView({ block: 'nearest' });
    heading.current?.focus({ preventScroll: true });
  }, []);
  return heading;
}

/** Names the page in the browser's tab and history for as long as the screen is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title;
  }, [title]);
}
