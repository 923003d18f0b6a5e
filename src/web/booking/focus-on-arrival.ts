/** The focus goes with the visitor to the times of another day. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { LocalDate } from '../../time/civil-date.ts';

/** @returns a function that gives the focus to the first time of a date as soon as its times are there */
export function useFocusOnArrival(): (date: LocalDate) => void {
  const wanted = useRef<LocalDate | null>(null);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    const day = document.querySelector(`li[data-date="${wanted.current}"]`);
    if (!day) return;
    wanted.current = null;
    (day.querySelector<HTMLElement>('.time:enabled') ?? day.querySelector<HTMLElement>('h3'))?.focus();
  });
  return (date) => {
    wanted.current = date;
  };
}
