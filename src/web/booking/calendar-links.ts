/** Addresses at which calendars on the web offer to add a booking. Pure. */
import { isCall, type PlaceKind } from '../../form/event-form.ts';
import { formatUtcDateTime } from '../../time/instant-text.ts';
import { say } from '../words.ts';
import { hostsInWords } from './wording.ts';

export interface AddedBooking {
  /** RFC 3339, like `end`. */
  readonly start: string;
  readonly end: string;
  readonly manageUrl: string | null;
  readonly eventType: { readonly title: string };
  readonly hosts: readonly { readonly name: string }[];
  readonly attendee: { readonly notes: string | null };
  readonly place: string | null;
  readonly placeKind: PlaceKind | null;
}

export interface CalendarLink {
  readonly name: string;
  readonly url: string;
}

/** Notes longer than this are cut: servers refuse long addresses. Characters. */
const NOTES_MAX = 500;

const withParams = (address: string, params: Record<string, string>) =>
  `${address}?${new URLSearchParams(params)}`;

export function calendarLinks(booking: AddedBooking): CalendarLink[] {
  const { start, end, eventType, hosts, attendee, manageUrl, place, placeKind } = booking;
  const location = place && placeKind && (isCall(placeKind) ? say('place.call', { place }) : place);
  const names = hostsInWords(hosts.map(({ name }) => name));
  const title = names ? say('calendar.title', { title: eventType.title, hosts: names }) : eventType.title;
  const details = [
    ...(attendee.notes ? [attendee.notes.slice(0, NOTES_MAX).toWellFormed(), ''] : []),
    ...(names ? [say('calendar.organiser', { hosts: names })] : []),
    ...(manageUrl ? [say('calendar.change', { link: manageUrl })] : []),
  ].join('\n');
  const [from, to] = [start, end].map((instant) => formatUtcDateTime(Date.parse(instant)));
  const outlook = (host: string) =>
    withParams(`https://${host}/calendar/0/deeplink/compose`, {
      path: '/calendar/action/compose',
      rru: 'addevent',
      subject: title,
      startdt: start,
      enddt: end,
      body: details,
      ...(location ? { location } : {}),
    });
  return [
    {
      name: 'Google',
      url: withParams('https://calendar.google.com/calendar/render', {
        action: 'TEMPLATE',
        text: title,
        dates: `${from}/${to}`,
        details,
        ...(location ? { location } : {}),
      }),
    },
    { name: 'Outlook', url: outlook('outlook.live.com') },
    { name: 'Office 365', url: outlook('outlook.office.com') },
    {
      name: 'Yahoo',
      url: withParams('https://calendar.yahoo.com/', {
        v: '60',
        title,
        st: from ?? '',
        et: to ?? '',
        desc: details,
        ...(location ? { in_loc: location } : {}),
      }),
    },
  ];
}
