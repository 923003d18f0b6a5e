/** Counts what holding, confirming, moving and cancelling came to: refusals by reason, and what failed. */
import type { Metrics } from '../metrics.ts';
import type { Bookings } from './bookings.ts';

/** The operations whose outcome is counted, by the name that the metric gives them. */
const OPERATIONS = {
  hold: 'hold',
  confirm: 'confirm',
  reschedule: 'move',
  moveById: 'move',
  cancel: 'cancel',
  cancelById: 'cancel',
  reassign: 'reassign',
} as const satisfies Partial<Record<keyof Bookings, string>>;

export function countOutcomes(
  { bookingOutcomes }: Pick<Metrics, 'bookingOutcomes'>,
  bookings: Bookings,
): Bookings {
  const counted =
    <Args extends unknown[], Result extends { is: string }>(
      name: keyof typeof OPERATIONS,
      run: (...args: Args) => Promise<Result>,
    ) =>
    async (...args: Args): Promise<Result> => {
      const operation = OPERATIONS[name];
      try {
        const result = await run(...args);
        bookingOutcomes.inc({ operation, outcome: result.is });
        return result;
      } catch (error) {
        bookingOutcomes.inc({ operation, outcome: 'error' });
        throw error;
      }
    };
  return {
    ...bookings,
    hold: counted('hold', bookings.hold),
    confirm: counted('confirm', bookings.confirm),
    reschedule: counted('reschedule', bookings.reschedule),
    moveById: counted('moveById', bookings.moveById),
    cancel: counted('cancel', bookings.cancel),
    cancelById: counted('cancelById', bookings.cancelById),
    reassign: counted('reassign', bookings.reassign),
  };
}
