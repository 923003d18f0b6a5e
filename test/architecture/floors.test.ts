import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { beforeAll, describe, expect, it } from 'vitest';
import { forbidden } from './rooms.ts';

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

let modules = 0;
let imports: Import[] = [];

const underSrc = (path: string) => path.replace(/^src\//, '');
const generated = (path: string) => /\/(generated|gql)\//.test(path);

beforeAll(async () => {
  const { output } = await cruise(['src'], {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'src/store/generated' },
  });
  const result = output as ICruiseResult;
  modules = result.modules.filter(({ source }) => source.startsWith('src/')).length;
  imports = result.modules.flatMap(({ source, dependencies }) =>
    source.startsWith('src/')
      ? dependencies
          .filter(({ resolved }) => resolved.startsWith('src/') && !generated(resolved))
          .map(({ resolved, dependencyTypes }) => ({
            from: underSrc(source),
            to: underSrc(resolved),
            typeOnly: dependencyTypes.includes('type-only'),
          }))
      : [],
  );
});

describe('the import floors', () => {
  it('were looked at', () => {
    expect(modules).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(100);
  });

  it('hold', () => {
    const faults = imports.flatMap(({ from, to }) => {
      const reason = forbidden(from, to);
      return reason ? [`${from} → ${to}: ${reason}`] : [];
    });
    expect(faults).toEqual([]);
  });

  it('let nobody but the command line and the composition root read the environment', () => {
    const readers = imports
      .filter(({ to, typeOnly }) => to === 'config.ts' && !typeOnly)
      .map(({ from }) => from);
    expect(readers.filter((from) => !from.startsWith('cli/') && from !== 'main.ts')).toEqual([]);
  });

  it('would notice a breach', () => {
    expect(forbidden('availability/slots.ts', 'errors.ts')).not.toBeNull();
    expect(forbidden('cache/redis/cache.ts', 'store/client.ts')).not.toBeNull();
    expect(forbidden('sync/pull/pull.ts', 'providers/google/pull.ts')).not.toBeNull();
    expect(forbidden('offers/query.ts', 'graphql/busy.ts')).not.toBeNull();
    expect(forbidden('sync/pull/pull.ts', 'providers/port.ts')).toBeNull();
    expect(forbidden('graphql/busy.ts', 'offers/busy.ts')).toBeNull();
  });
});

describe('the two ways through the house', () => {
  const uses = (from: string, to: string) =>
    imports.some((edge) => edge.from.startsWith(from) && edge.to.startsWith(to));

  it('takes a notification from http over webhooks and jobs to sync, store and topics', () => {
    expect(uses('http/', 'webhooks/webhooks.ts')).toBe(true);
    expect(uses('webhooks/', 'jobs/port.ts')).toBe(true);
    expect(uses('sync/', 'store/')).toBe(true);
    expect(uses('sync/publisher.ts', 'cache/port.ts')).toBe(true);
    expect(uses('webhooks/', 'sync/pull/pull.ts')).toBe(false);
  });

  it('takes a query from graphql over offers and the cache to availability', () => {
    expect(uses('graphql/availability.ts', 'offers/')).toBe(true);
    expect(uses('offers/', 'cache/')).toBe(true);
    expect(uses('offers/', 'availability/')).toBe(true);
    expect(uses('graphql/availability.ts', 'store/')).toBe(false);
  });
});
