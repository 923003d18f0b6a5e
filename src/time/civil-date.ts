/**
 * Dates of the Gregorian calendar, as numbers for arithmetic and as text for people. A day is its number of days since
 * 1970-01-01, which was a Thursday. No zone takes part.
 */
import { DAY } from './clock.ts';

/** YYYY-MM-DD */
export type LocalDate = string;

export interface CivilDate {
  year: number;
  /** 1 to 12 */
  month: number;
  /** 1 to 31 */
  day: number;
}

/** The day of a date. Computed without `Date.UTC`, which maps years below 100 to the 20th century. */
export function dayFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return (
    era * 146_097 +
    yearOfEra * 365 +
    Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) +
    dayOfYear -
    719_468
  );
}

export function civilFromDay(day: number): CivilDate {
  const date = new Date(day * DAY);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** The day of a date as text; NaN for any other text. Only `isLocalDate` checks that the date exists. */
export const dayFromDate = (date: LocalDate): number => Date.parse(`${date}T00:00:00Z`) / DAY;

export const dateFromDay = (day: number): LocalDate => new Date(day * DAY).toISOString().slice(0, 10);

export const addDays = (date: LocalDate, days: number): LocalDate => dateFromDay(dayFromDate(date) + days);

const LOCAL_DATE = /^(\d{4})-(\d\d)-(\d\d)$/;

/** Whether the text is a date that the calendar has: 2026-02-29 is not. */
export function isLocalDate(text: string): boolean {
  const [, year, month, day] = LOCAL_DATE.exec(text) ?? [];
  if (!year || !month || !day || Number(month) < 1 || Number(month) > 12) return false;
  return Number(day) >= 1 && Number(day) <= daysInMonth(Number(year), Number(month));
}

export const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** @param month 1 to 12 */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** 0 is Monday, 6 is Sunday. */
export const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;

/** The number of a day's week; weeks begin on Mondays. */
export const weekOf = (day: number): number => Math.floor((day + 3) / 7);
