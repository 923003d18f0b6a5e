/**
 * Within one process, whoever wants to change the same hosts' time comes one after the other: waiting for the hosts'
 * locks in the database instead would hold a connection each, until none were left for anybody else.
 */
export interface Turns {
  /**
   * Resolves when all who asked before for any of these hosts have left.
   * @returns whether there were any, and what ends the turn; again: nothing
   */
  take(hosts: readonly string[]): Promise<{ waited: boolean; leave(): void }>;
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  return {
    async take(hosts) {
      let leave = () => {};
      const mine = new Promise<void>((resolve) => {
        leave = resolve;
      });
      // All at once, so that no two wait for each other.
      const before = hosts.flatMap((host) => last.get(host) ?? []);
      for (const host of hosts) last.set(host, mine);
      await Promise.all(before);
      return {
        waited: before.length > 0,
        leave() {
          leave();
          for (const host of hosts) if (last.get(host) === mine) last.delete(host);
        },
      };
    },
  };
}
