/** Prints whether Node follows the promises of a process before, during and after changes that the audit log records. */
import { executionAsyncId } from 'node:async_hooks';
import { audited } from '../../../src/store/audit/audited.ts';
import { createStore } from '../../../src/store/client.ts';

/** Node numbers what it follows. */
const isFollowed = async () => {
  await null;
  return executionAsyncId() !== 0;
};
/** The turn after is the first that nothing of a change has part in. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

// The changes are refused, so that no database is asked.
const store = createStore('postgresql://nobody@127.0.0.1:1/nothing');
const who = { actor: 'operator', actorName: null, address: null, organisation: null };
const during: boolean[] = [];
const refused = () =>
  audited(store, { ...who, action: 'updateTeam', subject: null, creates: null }, async () => {
    await nextTurn();
    during.push(await isFollowed());
    return { refusal: 'no' };
  });

await nextTurn();
const before = await isFollowed();
await refused();
await Promise.all([refused(), refused()]);
await nextTurn();
const after = await isFollowed();
process.stdout.write(JSON.stringify({ before, during, after }));
process.exit(0);
