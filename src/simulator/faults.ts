/** The active faults of a simulator: sets them, lists them, and hands them to the parts that they concern. */
import {
  type AnswerFault,
  type FaultInput,
  faultSchema,
  type LastingFault,
  type NotificationFault,
  type SimulatedFault,
  type TenantFault,
  type TransactionsFault,
} from './fault-kinds.ts';
import type { Grants } from './grants.ts';
import type { World } from './world.ts';

export { type FaultInput, faultSchema, type SimulatedFault } from './fault-kinds.ts';

export interface Faults {
  add(fault: FaultInput): void;
  /** Ends all active faults; expired cursors and revoked grants stay so. */
  clear(): void;
  /** The active faults. */
  list(): SimulatedFault[];
  /** Largest page of a list; null: the provider's own. */
  readonly pageSize: number | null;
  readonly emptyPages: number;
  readonly terseSeries: boolean;
  readonly transactions: TransactionsFault;
  readonly tenant: TenantFault;
  /** Microsoft's status for a delta link that has expired. */
  readonly goneStatus: 400 | 410;
  /** The active faults of one kind. */
  lasting<K extends LastingFault['kind']>(kind: K): Extract<LastingFault, { kind: K }>[];
  /** The fault for this request, used up by one; null: none. */
  takeResponseFault(method: string, path: string): AnswerFault | null;
  /** The fault for the next notification, used up by one; null: none. */
  takeNotificationFault(): NotificationFault | null;
}

const DEFAULT_TRANSACTIONS: TransactionsFault = { kind: 'transactions', listed: true, repeated: 'first' };

const UNRESTRICTED_TENANT: TenantFault = { kind: 'tenant', people: null, directory: true };

export function createFaults({ world, grants }: { world: World; grants: Grants }): Faults {
  let responseFaults: { fault: AnswerFault; path: RegExp }[] = [];
  let notificationFaults: NotificationFault[] = [];
  let pageSize: number | null = null;
  let emptyPages = 0;
  let terseSeries = false;
  let tenant = UNRESTRICTED_TENANT;
  let transactions = DEFAULT_TRANSACTIONS;
  let goneStatus: 400 | 410 = 410;
  /** By kind, and for free-busy faults by calendar too. */
  const lastingFaults = new Map<string, LastingFault>();

  function setLasting(fault: LastingFault) {
    const key = fault.kind === 'free-busy' ? `${fault.kind} ${fault.of}` : fault.kind;
    lastingFaults.delete(key);
    if (fault.on) lastingFaults.set(key, fault);
  }

  const apply = (fault: SimulatedFault): void => {
    switch (fault.kind) {
      case 'answer':
        responseFaults.push({ fault, path: new RegExp(fault.path) });
        break;
      case 'notifications':
        notificationFaults.push(fault);
        break;
      case 'page-size':
        pageSize = fault.size;
        break;
      case 'empty-pages':
        emptyPages = fault.count;
        break;
      case 'terse-series':
        terseSeries = fault.terse;
        break;
      case 'transactions':
        transactions = fault;
        break;
      case 'tenant':
        tenant = fault;
        break;
      case 'expire-cursors':
        world.expireCursors(fault.calendar);
        goneStatus = fault.status;
        break;
      case 'revoke':
        grants.revoke(fault.person);
        break;
      case 'expire-access':
        grants.expireAccess(fault.person);
        break;
      default:
        setLasting(fault);
    }
  };

  return {
    add: (fault) => apply(faultSchema.parse(fault)),
    clear() {
      responseFaults = [];
      notificationFaults = [];
      pageSize = null;
      emptyPages = 0;
      terseSeries = false;
      tenant = UNRESTRICTED_TENANT;
      transactions = DEFAULT_TRANSACTIONS;
      goneStatus = 410;
      lastingFaults.clear();
    },
    list: () => [
      ...responseFaults.map(({ fault }) => fault),
      ...notificationFaults,
      ...(pageSize === null ? [] : [{ kind: 'page-size' as const, size: pageSize }]),
      ...(emptyPages === 0 ? [] : [{ kind: 'empty-pages' as const, count: emptyPages }]),
      ...(terseSeries ? [{ kind: 'terse-series' as const, terse: true }] : []),
      ...(tenant === UNRESTRICTED_TENANT ? [] : [tenant]),
      ...(transactions === DEFAULT_TRANSACTIONS ? [] : [transactions]),
      ...lastingFaults.values(),
    ],
    get pageSize() {
      return pageSize;
    },
    get emptyPages() {
      return emptyPages;
    },
    get terseSeries() {
      return terseSeries;
    },
    get transactions() {
      return transactions;
    },
    get tenant() {
      return tenant;
    },
    get goneStatus() {
      return goneStatus;
    },
    lasting: <K extends LastingFault['kind']>(kind: K) =>
      [...lastingFaults.values()].filter(
        (each): each is Extract<LastingFault, { kind: K }> => each.kind === kind,
      ),
    takeResponseFault(method, path) {
      for (const { fault, path: pattern } of responseFaults) {
        if (!pattern.test(path) || (fault.method ?? method) !== method) continue;
        if (fault.after > 0) {
          fault.after -= 1;
          continue;
        }
        fault.times -= 1;
        responseFaults = responseFaults.filter((each) => each.fault.times > 0);
        return fault;
      }
      return null;
    },
    takeNotificationFault() {
      const [fault] = notificationFaults;
      if (!fault) return null;
      fault.times -= 1;
      notificationFaults = notificationFaults.filter((each) => each.times > 0);
      return fault;
    },
  };
}
