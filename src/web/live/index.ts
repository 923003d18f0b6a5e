/**
 * Live availability for other programs, in browsers and in Node: `slotwire/live`, or /assets/live.js of a gateway.
 * docs/live-client.md explains its use. The names exported here are published and stay, whatever they are called inside.
 */
// `Document` and `Window` are exported under names that the DOM does not use.

export {
  type Answer,
  AVAILABILITY,
  type AvailabilityIssueCode as IssueCode,
  type OfferedSlot,
  watchAvailability,
} from './availability.ts';
export { createLiveClient, type LiveClient, type LiveClientOptions } from './client.ts';
export type { Authorization } from './credential.ts';
export { type FreshAnswer, WITH_FRESHNESS } from './freshness.ts';
export type { Document as GraphqlDocument, Fault, Reply, Sink, Transport } from './operation.ts';
export type { AnyAnswer, AvailabilityEvent, Delta, SlotChange, Snapshot } from './slots.ts';
export type { WebSocketImpl } from './socket-transport.ts';
export type { Wait } from './timers.ts';
export {
  type AvailabilityWindow,
  type Documents,
  type LiveView,
  type WatchDeps,
  watch,
} from './watch.ts';
