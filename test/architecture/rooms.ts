/** Who may import whom: the table of docs/architecture.md, readable by the test that holds it. */

/** Rooms by floor. Files directly under src are named with their ending. */
export const FLOORS: readonly (readonly string[])[] = [
  [
    'async',
    'time',
    'availability',
    'brand',
    'calendars',
    'form',
    'ical',
    'languages',
    'errors.ts',
    'ids.ts',
    'log.ts',
    'metrics.ts',
    'percent.ts',
    'postgres',
    'redis-url.ts',
    'secret-files.ts',
    'secrets.ts',
    'smtp-url.ts',
    'variable-forms.ts',
  ],
  ['providers', 'store', 'cache', 'cards', 'jobs', 'net'],
  ['sync', 'connect'],
  ['offers', 'mail'],
  ['booking', 'feeds', 'live'],
  ['webhooks', 'graphql'],
  ['http'],
  ['cli', 'core.ts', 'main.ts'],
];

/** The only floor-1 rooms' files that floor 2 may use beside the store's. */
export const PORTS = [
  'providers/port.ts',
  'cache/port.ts',
  'cache/keys.ts',
  'jobs/port.ts',
  'webhooks/port.ts',
];

/** Apart from the floors: what they may import beside themselves. */
export const APART: Record<string, readonly string[]> = {
  web: ['async', 'brand', 'time', 'form', 'languages'],
  simulator: FLOORS[0] ?? [],
  'config.ts': FLOORS[0] ?? [],
  'build.ts': ['build', 'languages'],
  build: [],
};

const floorOf = (room: string) => FLOORS.findIndex((rooms) => rooms.includes(room));

/** `from` and `to` are paths under src. @returns why the import is not allowed, or null. */
export function forbidden(from: string, to: string): string | null {
  const [room, target] = [roomOf(from), roomOf(to)];
  if (room === target) return null;
  const apart = APART[room];
  if (apart)
    return apart.includes(target) ? null : `${room} may import ${['itself', ...apart].join(', ')} only`;
  const [floor, targetFloor] = [floorOf(room), floorOf(target)];
  if (floor < 0) return `${room} stands on no floor`;
  if (room === 'availability') return target === 'time' ? null : 'availability imports time alone';
  if (floor === 7) return target === 'web' ? 'web is built, not imported' : null;
  // Types alone: only cli and main.ts read the environment.
  if (target === 'config.ts') return null;
  if (targetFloor < 0) return `${target} stands on no floor below`;
  if (targetFloor === 0) return null;
  if (PORTS.includes(to)) return floor >= 1 && floor <= 6 ? null : 'ports are for floors 1 to 6';
  if (floor <= 1) return `floor ${floor} imports floor 0, its own room and ports`;
  if (floor === 2) return target === 'store' ? null : 'floor 2 imports floor 0, store and ports';
  return targetFloor < floor ? null : `floor ${floor} imports the floors below it`;
}

function roomOf(path: string): string {
  return path.split('/')[0] ?? path;
}
