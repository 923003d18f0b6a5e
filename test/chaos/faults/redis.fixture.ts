/** Redis lost: its keys, its connections, the server. */
import { SECOND } from '../../../src/time/clock.ts';
import { about, type Fault, last } from './fault.fixture.ts';

export const flushRedis: Fault = {
  group: 'redis',
  title: 'Redis forgets everything',
  play: ({ redis }) => redis.flush(),
};

export const loseRedis: Fault = {
  group: 'redis',
  title: 'Redis is away for 3 to 6 s and comes back empty',
  async play({ redis }, random) {
    await redis.stop();
    await last(about(random, 3 * SECOND));
    await redis.restart();
  },
};

export const freezeRedis: Fault = {
  group: 'redis',
  title: 'Redis stands still for 3 to 6 s',
  async play({ redis }, random) {
    redis.freeze();
    await last(about(random, 3 * SECOND));
    redis.thaw();
  },
};

export const resetRedis: Fault = {
  group: 'resets',
  title: 'all connections to Redis are reset, three times',
  async play({ wires }, random) {
    for (let i = 0; i < 3; i++) {
      wires.redis.reset();
      await last(about(random, SECOND / 2));
    }
  },
};

export const silenceRedis: Fault = {
  group: 'silence',
  title: 'all open connections to Redis fall silent for good',
  async play({ wires }) {
    wires.redis.silence();
  },
};
