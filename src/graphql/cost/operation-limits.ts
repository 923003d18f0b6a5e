/** What one operation may come to, by who asks. */
import type { Viewer } from '../context.ts';

/** A limit of the public, and that of callers with a key. */
export interface LimitByCaller {
  public: number;
  keyed: number;
}

export interface OperationLimits {
  /** OPERATION_COST: fields of an answer. */
  cost: LimitByCaller;
  /** ANSWER_MAX: bytes of an answer or of a live event. */
  answer: LimitByCaller;
}

export const limitOf = (limit: LimitByCaller, viewer: Viewer): number =>
  viewer.kind === 'ANONYMOUS' ? limit.public : limit.keyed;
