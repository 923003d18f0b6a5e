/** GET /book/b/{token}/booking.ics: a booking for the calendar of the token's holder. The path must not be logged here. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CalendarFile } from '../../booking/calendar-file.ts';
import type { AddressOf } from '../address.ts';
import type { AddressLimits } from '../limits.ts';
import { sendMessage } from './pages.ts';

export interface BookingFileRouteDeps {
  calendarFile: CalendarFile;
  addressOf: AddressOf;
  limits: Pick<AddressLimits, 'countOperation'>;
}

/** @returns the handler, which counts each request as an operation. */
export const createBookingFileRoute =
  ({ calendarFile, addressOf, limits }: BookingFileRouteDeps) =>
  async (request: IncomingMessage, response: ServerResponse, token: string): Promise<void> => {
    await limits.countOperation(addressOf(request));
    const file = await calendarFile(token);
    response.setHeader('cache-control', 'private, no-store');
    if (file === null) {
      return sendMessage(response, 404, 'No such booking', 'It was cancelled, or the link is incomplete.');
    }
    response
      .writeHead(200, {
        'content-type': 'text/calendar; charset=utf-8',
        'content-disposition': 'attachment; filename="booking.ics"',
      })
      .end(request.method === 'HEAD' ? undefined : file);
  };
