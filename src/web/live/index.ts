/**
 * Live availability for other programs, in browsers and in Node: `slotwire/live`, or /assets/live.js of a gateway.
 * docs/live-client.md tells how to use it.
 */
// The names of the DOM are left to it.
export type { Document as GraphqlDocument, Fault, Reply, Sink, Transport } from './answer.ts';
export {
  type Answer,
  AVAILABILITY,
  type IssueCode,
  type OfferedSlot,
  watchAvailability,
} from './availability.ts';
export { createLiveClient, type LiveClient, type LiveClientOptions } from './client.ts';
export type { Authorization } from './credential.ts';
export { type FreshAnswer, WITH_FRESHNESS } from './freshness.ts';
export type { AnyAnswer, AvailabilityEvent, Delta, SlotChange, Snapshot } from './slots.ts';
export type { WebSocketImpl } from './socket.ts';
export type { Wait } from './timers.ts';
export {
  type Documents,
  type LiveView,
  type WatchDeps,
  type Window as AvailabilityWindow,
  watch,
} from './watch.ts';
