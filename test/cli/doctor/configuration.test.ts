import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diagnoseConfiguration, diagnoseFeatures } from '../../../src/cli/doctor/configuration.ts';
import { diagnoseNode, diagnoseZoneData } from '../../../src/cli/doctor/runtime.ts';
import { examineConfig } from '../../../src/config.ts';
import { DAY, SECOND } from '../../../src/time/clock.ts';
import { zoneinfoFolder } from '../../time/tzif.fixture.ts';

const texts = (env: Record<string, string>) =>
  diagnoseConfiguration(examineConfig(env)).map(({ status, finding }) => `${status}: ${finding}`);
const RIGHT = ['ok: every variable is right'];

describe('the doctor on the configuration', () => {
  it('finds nothing wrong with the defaults', () => {
    expect(texts({})).toEqual(RIGHT);
  });

  it('names every fault, each on its own, and prints no secret', () => {
    const found = texts({
      PORT: 'many',
      DATABASE_URL: 'mysql://ada:geheim@db/x',
      REDIS_URL: 'http://:geheim@redis',
      ENCRYPTION_KEYS: 'geheim',
      GOOGLE_CLIENT_SECRET: 'geheim',
    });
    const names = found.map((text) => /^failed: ([A-Z_]+): /.exec(text)?.[1] ?? text);
    expect(names.sort()).toEqual(
      ['ADMIN_TOKEN', 'DATABASE_URL', 'ENCRYPTION_KEYS', 'GOOGLE_CLIENT_ID', 'PORT', 'REDIS_URL'].sort(),
    );
    expect(found.join()).not.toContain('geheim');
  });

  it('goes on with what is right beside a fault', () => {
    const { config, faults } = examineConfig({ PORT: 'many', HOST: '0.0.0.0', POLL_INTERVAL: 'PT9S' });
    expect(faults).toHaveLength(1);
    expect(config).toMatchObject({ HOST: '0.0.0.0', PORT: 4000, POLL_INTERVAL: 9_000 });
  });

  it('warns of a public URL that is neither https nor this machine', () => {
    expect(texts({ PUBLIC_URL: 'http://book.example.com' })).toEqual([
      expect.stringMatching(/^warning: PUBLIC_URL http:\/\/book\.example\.com is neither https/),
    ]);
    expect(texts({ PUBLIC_URL: 'http://localhost:4000' })).toEqual(RIGHT);
  });

  it('warns of a proxy that TRUSTED_PROXIES does not name', () => {
    const env = { PUBLIC_URL: 'https://book.example.com' };
    expect(texts(env)).toEqual([expect.stringMatching(/^warning: .*TRUSTED_PROXIES names none/)]);
    expect(texts({ ...env, TRUSTED_PROXIES: '10.0.0.1' })).toEqual(RIGHT);
  });

  it('warns of real providers that can not notify this machine, and not of simulated ones', () => {
    const google = { GOOGLE_CLIENT_ID: 'g', GOOGLE_CLIENT_SECRET: 'g' };
    expect(texts(google)).toEqual([expect.stringMatching(/^warning: .* Google can't notify/)]);
    expect(texts({ ...google, GOOGLE_API_URL: 'http://127.0.0.1:4010' })).toEqual(RIGHT);
  });

  it('warns while ALLOW_LOST_KEYS is left on', () => {
    expect(texts({ ALLOW_LOST_KEYS: 'true' })).toEqual([expect.stringMatching(/^warning: ALLOW_LOST_KEYS/)]);
  });

  it('says which features are on, and which variables turn on the others', () => {
    const env = { GOOGLE_CLIENT_ID: 'g', GOOGLE_CLIENT_SECRET: 'g', METRICS_PORT: '9000' };
    const [found] = diagnoseFeatures(examineConfig(env).config);
    expect(found?.finding).toMatch(
      /^on: CalDAV, feeds, Google, metrics; off: Microsoft \(set MICROSOFT_CLIENT_ID and/,
    );
    expect(found?.finding).toContain('mail to visitors and hosts (set SMTP_URL and MAIL_FROM)');
  });
});

describe('the doctor on what it runs on', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['24.1.0', 'ok'],
    ['20.18.3', 'failed'],
    ['18.20.0', 'failed'],
  ])('calls Node %s %s', (version, status) => {
    expect(diagnoseNode(version, '>=20.19')).toMatchObject([{ status }]);
  });

  it('names release, source and age of the zone data, and warns past 120 days', async () => {
    const folder = await zoneinfoFolder('2090a', {});
    const released = Date.UTC(2090, 1, 1);
    await utimes(join(folder, 'tzdata.zi'), released / SECOND, released / SECOND);
    expect(diagnoseZoneData(released + 120 * DAY, folder)).toEqual([
      {
        check: 'zone data',
        status: 'ok',
        finding: expect.stringMatching(/^2090a \(operator, .*\), (about )?120 days old, of 2090-02-01$/),
        advice: null,
      },
    ]);
    expect(diagnoseZoneData(released + 121 * DAY, folder)).toMatchObject([
      { status: 'warning', advice: expect.stringContaining('tzdata') },
    ]);
  });

  it('warns of a ZONEINFO that is older than other zone data, and fails one that no start takes', async () => {
    const folder = await zoneinfoFolder('2019a', {});
    expect(diagnoseZoneData(Date.UTC(2026, 11, 1), folder)).toMatchObject([
      {},
      { status: 'warning', finding: expect.stringContaining('2019a') },
    ]);
    expect(diagnoseZoneData(0, '/nowhere')).toMatchObject([{ status: 'failed' }]);
  });
});
