import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ChallengeGate, createChallengeGate } from '../../src/booking/challenge/gate.ts';
import { challengeWidgetOf } from '../../src/booking/challenge/widget-provider.ts';
import { createWidgetTokens } from '../../src/booking/challenge/widget-tokens.ts';
import { createMemoryLimiter } from '../../src/cache/memory/limiter.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import { createGuardedClient } from '../../src/net/client.ts';
import { systemClock } from '../../src/time/clock.ts';
import { until } from '../harness/eventually.ts';
import {
  type FakeWidgetProvider,
  SITE_KEY,
  startWidgetProvider,
  WIDGET_SECRET,
} from './widget-provider.fixture.ts';

let metrics: Metrics;
const logged: string[] = [];
const log = createLog('info', { write: (line) => void logged.push(JSON.parse(line).msg) });
const limiter = () => createMemoryLimiter({ clock: systemClock });

/** A gateway's gate that always asks. @param shared what gateways on one Redis share */
function gateOf(env: Record<string, string>, shared = limiter(), deadline = 60_000): ChallengeGate {
  const widget = challengeWidgetOf(readConfig({ ...env, ALLOW_PRIVATE_NETWORK: 'true' }));
  if (!widget) throw new Error('no widget is configured');
  return createChallengeGate({
    ...{ mode: 'always', metrics, limiter: shared },
    maker: createWidgetTokens({ widget, fetch: createGuardedClient({ allowPrivate: true }), log, deadline }),
    meetsPressure: async () => true,
  });
}

const outcomes = async () =>
  Object.fromEntries(
    (await metrics.challenges.get()).values.map(({ labels, value }) => [labels.outcome, value]),
  );

beforeEach(() => {
  metrics = createMetrics();
  logged.length = 0;
});

describe.each(['turnstile', 'hcaptcha'] as const)('the widget of %s', (name) => {
  let provider: FakeWidgetProvider;
  beforeAll(async () => {
    provider = await startWidgetProvider(name);
  });
  afterAll(() => provider?.close());
  afterEach(() => {
    provider.answer(null);
    provider.forget = false;
    provider.asked.length = 0;
  });

  it('is what a challenge names, with all that a page needs to draw it', async () => {
    const required = await gateOf(provider.env).admit('et_1', null);
    expect(required?.is === 'ChallengeRequired' && JSON.parse(required.challenge)).toEqual({
      provider: name,
      siteKey: SITE_KEY,
      scriptUrl: provider.env.CHALLENGE_SCRIPT_URL,
      eventType: 'et_1',
    });
  });

  it('gives a token that the provider is asked about, and that lets one hold through', async () => {
    const gate = gateOf(provider.env);
    const token = provider.token('et_1');
    expect(await gate.admit('et_1', token)).toBeNull();
    const [asked] = provider.asked;
    expect([asked?.method, asked?.headers['content-type']]).toEqual([
      'POST',
      'application/x-www-form-urlencoded',
    ]);
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      ...{ secret: WIDGET_SECRET, response: token, sitekey: SITE_KEY },
    });
    expect(await gate.admit('et_1', token)).toMatchObject({ is: 'ChallengeRequired' });
    expect(await outcomes()).toEqual({ solved: 1, refused: 1, asked: 1 });
  });

  it('gives a token that does once over all gateways, even where the provider lets it do again', async () => {
    provider.forget = true;
    const shared = limiter();
    const [one, other] = [gateOf(provider.env, shared), gateOf(provider.env, shared)];
    const token = provider.token('et_1');
    const answers = await Promise.all([one, other, one, other].map((gate) => gate.admit('et_1', token)));
    expect(answers.filter((answer) => answer === null)).toHaveLength(1);
    expect(answers.filter((answer) => answer?.is === 'ChallengeRequired')).toHaveLength(3);
  });

  it('is answered anew for a token that the provider refuses, or that is none', async () => {
    const gate = gateOf(provider.env);
    expect(await gate.admit('et_1', 'robot!x')).toMatchObject({ is: 'ChallengeRequired' });
    expect(provider.asked).toHaveLength(1);
    provider.answer((_request, response) =>
      response.end('{"success":false,"error-codes":["sitekey-secret-mismatch"]}'),
    );
    expect(await gate.admit('et_1', 'of-another-site')).toMatchObject({ is: 'ChallengeRequired' });
    for (const none of ['', 'two words', 'é', 'x'.repeat(8_193)]) {
      expect(await gate.admit('et_1', none)).toMatchObject({ is: 'ChallengeRequired' });
    }
    expect(provider.asked).toHaveLength(2);
    expect(logged).toEqual([]);
  });

  it.each<[string, Parameters<FakeWidgetProvider['answer']>[0]]>([
    ['answers 503', (_request, response) => response.writeHead(503).end('try later')],
    ['answers with a page', (_request, response) => response.end('<html>')],
    ['answers JSON of another kind', (_request, response) => response.end('{"success":"yes"}')],
    ['answers more than a verdict has', (_request, response) => response.end(' '.repeat(20_000))],
    ['ends the connection', (_request, response) => response.destroy()],
    ['redirects', (_request, response) => response.writeHead(302, { location: '/else' }).end()],
    [
      'is in trouble',
      (_request, response) => response.end('{"success":false,"error-codes":["internal-error"]}'),
    ],
  ])('holds nothing and says so while the provider %s, and logs it once', async (_fault, answer) => {
    const gate = gateOf(provider.env);
    provider.answer(answer);
    const token = provider.token('et_1');
    for (let i = 0; i < 3; i++) {
      expect(await gate.admit('et_1', token)).toEqual({
        is: 'ChallengeUnavailable',
        message: expect.stringContaining("can't be checked"),
      });
    }
    expect(await outcomes()).toEqual({ unchecked: 3 });
    provider.answer(null);
    expect(await gate.admit('et_1', token)).toBeNull();
    expect(logged).toEqual([
      'solutions of challenges are not checked, and their holds refused: the provider gives no verdict',
      'solutions of challenges are checked again',
    ]);
  });

  it('says so as well where the secret is not the one of the site', async () => {
    const gate = gateOf({ ...provider.env, CHALLENGE_SECRET: 'of-another-site' });
    expect(await gate.admit('et_1', provider.token('et_1'))).toMatchObject({ is: 'ChallengeUnavailable' });
    expect(logged).toHaveLength(1);
  });
});

describe('a provider', () => {
  it('that never answers is waited for only so long', async () => {
    const provider = await startWidgetProvider('turnstile');
    provider.answer(() => {});
    const gate = gateOf(provider.env, limiter(), 300);
    expect(await gate.admit('et_1', provider.token('et_1'))).toMatchObject({ is: 'ChallengeUnavailable' });
    await provider.close();
  }, 60_000);

  it('is asked about twenty tokens at once, and the next one waits', async () => {
    const provider = await startWidgetProvider('turnstile');
    const open: (() => void)[] = [];
    provider.answer((_request, response) => open.push(() => response.end('{"success":true}')));
    const gate = gateOf(provider.env);
    const admitted = Array.from({ length: 30 }, () => gate.admit('et_1', provider.token('et_1')));
    await until(async () => open.length === 20);
    for (let answered = 0; answered < 30; ) {
      expect(provider.asked.length - answered).toBeLessThanOrEqual(20);
      const next = await until(async () => open.shift() ?? null);
      next();
      answered += 1;
    }
    expect(await Promise.all(admitted)).toEqual(Array.from({ length: 30 }, () => null));
    await provider.close();
  }, 60_000);

  it('that ties a token to an event type has it let no hold of another one through', async () => {
    const provider = await startWidgetProvider('turnstile');
    const gate = gateOf(provider.env);
    expect(await gate.admit('et_1', provider.token('et_2'))).toMatchObject({ is: 'ChallengeRequired' });
    expect(await gate.admit('et_1', provider.token(''))).toBeNull();
    await provider.close();
  });
});

describe('the widget that pages show', () => {
  const WITH = { CHALLENGE_SITE_KEY: SITE_KEY, CHALLENGE_SECRET: WIDGET_SECRET };

  it.each([
    ['turnstile', 'https://challenges.cloudflare.com/turnstile/v0/siteverify'],
    ['hcaptcha', 'https://api.hcaptcha.com/siteverify'],
  ])('of %s is checked at its own address by default', (CHALLENGE_PROVIDER, verifyUrl) => {
    expect(challengeWidgetOf(readConfig({ ...WITH, CHALLENGE_PROVIDER }))).toMatchObject({ verifyUrl });
  });

  it('is none with ALTCHA, and none where nobody is challenged', () => {
    expect(challengeWidgetOf(readConfig({}))).toBeNull();
    const off = { ...WITH, CHALLENGE_PROVIDER: 'turnstile', CHALLENGE: 'off' };
    expect(challengeWidgetOf(readConfig(off))).toBeNull();
  });
});
