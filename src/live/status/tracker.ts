/** An organisation's calendars while somebody follows how they are: what was seen of them last, and whom to tell of what is new. */
import { watchStateOf } from '../../calendars/watch-state.ts';
import type { Log } from '../../log.ts';
import { type Health, healthOf } from '../../store/calendars/health.ts';
import type { Store } from '../../store/client.ts';
import type { Clock } from '../../time/clock.ts';

/** What rings meanwhile is read together, milliseconds. */
export const GATHER = 100;

export interface Follower {
  /** Null: of every host. */
  host: string | null;
  tell(calendar: string): void;
  end(): void;
}

export interface HealthBoard {
  followers: Set<Follower>;
  /** The first look. What changes once it resolved is told. Rejects when the store can't be read. */
  ready: Promise<void>;
  /** Is this one of its calendars, as far as was seen? */
  knows(calendar: string): boolean;
  /** This calendar may have changed; null: any may. */
  ring(calendar: string | null): void;
}

export interface HealthBoardDeps {
  store: Store;
  clock: Clock;
  log: Log;
}

export function createHealthBoard(organisation: string, { store, clock, log }: HealthBoardDeps): HealthBoard {
  const followers = new Set<Follower>();
  const signs = new Map<string, string>();
  const rung = new Set<string>();
  let all = false;
  let looking = false;

  const signOf = ({ sign, channel }: Health) =>
    `${sign} ${channel ? watchStateOf(channel, clock.now()) : ''} ${channel?.expiresAt?.getTime() ?? ''}`;

  /** @param calendars null: all. @returns those that were not as they were seen last */
  async function see(calendars: readonly string[] | null): Promise<Health[]> {
    const found = await healthOf(store, organisation, calendars);
    const present = new Set(found.map(({ id }) => id));
    for (const id of calendars ?? [...signs.keys()]) if (!present.has(id)) signs.delete(id);
    return found.filter((health) => {
      const sign = signOf(health);
      if (signs.get(health.id) === sign) return false;
      signs.set(health.id, sign);
      return true;
    });
  }

  function tell({ id, hostId }: Health) {
    for (const follower of followers) {
      if (follower.host === null || follower.host === hostId) follower.tell(id);
    }
  }

  /** Until nothing is left to be looked at. Never rejects. */
  async function look() {
    if (looking) return;
    looking = true;
    try {
      await ready;
      while (followers.size > 0 && (all || rung.size > 0)) {
        const calendars = all ? null : [...rung];
        all = false;
        rung.clear();
        for (const health of await see(calendars)) tell(health);
        await new Promise((resolve) => setTimeout(resolve, GATHER));
      }
    } catch (error) {
      all = true;
      log.warn({ err: error }, 'how calendars are could not be read; trying again');
    } finally {
      looking = false;
    }
  }

  const ready = see(null).then(() => {});
  return {
    followers,
    ready,
    knows: (calendar) => signs.has(calendar),
    ring(calendar) {
      if (calendar === null) all = true;
      else rung.add(calendar);
      void look();
    },
  };
}
