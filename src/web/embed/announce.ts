/** What a page's screens announce to the page around the frame. Outside of a frame nobody listens. */
import type { HeldBookingFragment } from '../gql/documents.ts';
import type { BookingEventDetail, BookingEventName, FrameMessage } from './messages.ts';

const ANNOUNCED = 'slotwire-announced';

/** A `FrameMessage` for the listeners of this window. */
export const announce = (message: FrameMessage): boolean =>
  dispatchEvent(new CustomEvent(ANNOUNCED, { detail: message }));

export const onAnnounced = (listener: (message: FrameMessage) => void): void =>
  addEventListener(ANNOUNCED, (event) => listener((event as CustomEvent<FrameMessage>).detail));

/** @param name what has become of the booking */
export const announceBooking = (name: BookingEventName, booking: HeldBookingFragment): boolean =>
  announce({ type: name, detail: detailOf(booking) });

/** The name of an action's event, by its screen. */
export const CHANGES = { move: 'slotwire:moved', cancel: 'slotwire:cancelled', show: null } as const;

const detailOf = ({ id, start, end, hosts }: HeldBookingFragment): BookingEventDetail => ({
  booking: id,
  start,
  end,
  hosts: hosts.map(({ id: host, name }) => ({ id: host, name })),
});
