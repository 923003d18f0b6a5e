/** Access as an adapter gets it, without a budget. */
import type { Access } from '../../src/providers/port.ts';

export const accessWith = (token: Access['token']): Access => ({
  token,
  run: (request) => request(),
});
