/**
 * What the pages in the frame and the page around them say to each other by postMessage. Sites keep the script of embed.js for an
 * hour and longer, so names and shapes only ever grow.
 */

/** What a visitor did in the frame, as the element's events name it. */
export type BookingEventName = 'slotwire:slot' | 'slotwire:booked' | 'slotwire:cancelled' | 'slotwire:moved';

/** Nothing of the visitor, and no secret: the page around the frame is somebody else's. */
export interface BookingEventDetail {
  /** Id of the booking; null for a time that was chosen and isn't booked yet. */
  readonly booking: string | null;
  /** RFC 3339, in UTC. */
  readonly start: string;
  readonly end: string;
  readonly hosts: readonly { readonly id: string; readonly name: string }[];
}

export type FrameMessage =
  | { readonly type: BookingEventName; readonly detail: BookingEventDetail }
  /** The page shows what was asked for. */
  | { readonly type: 'slotwire:ready' }
  /** Pixels that the page's content takes. */
  | { readonly type: 'slotwire:height'; readonly height: number }
  /** What should be in sight now, as the top of another screen: pixels from the page's top. */
  | { readonly type: 'slotwire:sight'; readonly top: number; readonly bottom: number }
  /** The visitor pressed Escape. */
  | { readonly type: 'slotwire:close' };

/** From the page around the frame, each time that a page has loaded in it: by its origin the frame knows whom to answer. */
export const HELLO = 'slotwire:hello';

/** A frame may be this high, whatever its page says. Pixels. */
const HEIGHT_MAX = 50_000;

const EVENTS: readonly string[] = [
  'slotwire:slot',
  'slotwire:booked',
  'slotwire:cancelled',
  'slotwire:moved',
];
const SIGNS: readonly string[] = ['slotwire:ready', 'slotwire:close'];

/** The message, or null for what is none, as it may come from a page of another version. */
export function parseFrameMessage(data: unknown): FrameMessage | null {
  if (typeof data !== 'object' || data === null) return null;
  const { type, detail, height, top, bottom } = data as Record<string, unknown>;
  if (typeof type !== 'string') return null;
  if (SIGNS.includes(type)) return { type } as FrameMessage;
  if (EVENTS.includes(type) && typeof detail === 'object' && detail !== null) {
    return { type, detail } as FrameMessage;
  }
  if (type === 'slotwire:height' && isLength(height)) return { type, height: Math.ceil(height) };
  if (type === 'slotwire:sight' && isLength(top) && isLength(bottom)) return { type, top, bottom };
  return null;
}

const isLength = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= HEIGHT_MAX;
