import { describe, expect, it } from 'vitest';
import { parseRedisUrl, RedisUrlError } from '../src/redis-url.ts';

const target = (over: object) => ({
  kind: 'server',
  tls: false,
  nodes: [{ host: 'cache', port: 6379 }],
  username: undefined,
  password: undefined,
  sentinels: { username: undefined, password: undefined },
  master: '',
  database: 0,
  ...over,
});

describe('REDIS_URL', () => {
  it.each([
    ['redis://cache', target({})],
    ['redis://', target({ nodes: [{ host: 'localhost', port: 6379 }] })],
    ['rediss://cache:6380/2', target({ tls: true, nodes: [{ host: 'cache', port: 6380 }], database: 2 })],
    [
      'redis://me:a%40b%2Fc@[::1]:7000',
      target({ nodes: [{ host: '::1', port: 7000 }], username: 'me', password: 'a@b/c' }),
    ],
    ['redis://:p@ss:word@cache/', target({ password: 'p@ss:word' })],
    ['redis://cache?x=1', target({})],
  ])('of one server: %s', (url, expected) => {
    expect(parseRedisUrl(url)).toEqual(expected);
  });

  it.each([
    ['redis-sentinel://a/main', { nodes: [{ host: 'a', port: 26379 }] }],
    [
      'redis-sentinel://:data@a/main?sentinel-user=me&x&sentinel-password=p=%26%2Fss+#end',
      {
        nodes: [{ host: 'a', port: 26379 }],
        password: 'data',
        sentinels: { username: 'me', password: 'p=&/ss+' },
      },
    ],
    [
      'rediss-sentinel://me:secret@a:1,[::1]:2, c /main/3',
      {
        tls: true,
        nodes: [
          { host: 'a', port: 1 },
          { host: '::1', port: 2 },
          { host: 'c', port: 26379 },
        ],
        username: 'me',
        password: 'secret',
        database: 3,
      },
    ],
  ])('of Sentinels: %s', (url, expected) => {
    expect(parseRedisUrl(url)).toEqual(target({ kind: 'sentinel', master: 'main', ...expected }));
  });

  it.each([
    ['redis-cluster://cache', {}],
    [
      'rediss-cluster://:secret@a:7000,b/0',
      {
        tls: true,
        nodes: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 6379 },
        ],
        password: 'secret',
      },
    ],
  ])('of a cluster: %s', (url, expected) => {
    expect(parseRedisUrl(url)).toEqual(target({ kind: 'cluster', ...expected }));
  });

  it.each([
    ['localhost:6379', /must be a URL beginning with redis:/],
    ['http://hunter2@cache', /must be a URL beginning with redis:/],
    ['redis-ring://cache', /must be a URL beginning with redis:/],
    ['redis://:hunter2@', /no URL/],
    ['redis://cache:hunter2', /no URL/],
    ['redis://cache:70000', /no URL/],
    ['redis://a:1,b:2', /several hosts/],
    ['redis://:hunter2@cache/jobs', /number of a database/],
    ['redis://:hunter2%@cache', /%25/],
    ['redis-sentinel://:hunter2@a,b', /lacks the master's name/],
    ['redis-sentinel://a,,b/main', /host 2 can't be read/],
    ['redis-sentinel://a/main/jobs', /after the master's name/],
    ['redis-sentinel://a/main/1/2', /after the master's name/],
    ['redis-sentinel://a/main?sentinel-password=hunter2%', /%25/],
    ['redis-cluster://', /host 1 can't be read/],
    ['redis-cluster://a,b:hunter2', /host 2 can't be read/],
    ['redis-cluster://a,b/1', /only one/],
    ['redis-cluster://a,b/main', /number of a database/],
  ])('is refused without naming the password: %s', (url, words) => {
    const parse = () => parseRedisUrl(url);
    expect(parse).toThrow(RedisUrlError);
    expect(parse).toThrow(words);
    expect(parse).not.toThrow(/hunter2/);
  });
});
