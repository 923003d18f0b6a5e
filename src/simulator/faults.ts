/** What goes wrong on demand: takes faults in, and tells what is in force. */
import {
  type AnswerFault,
  type Fault,
  type FaultInput,
  faultSchema,
  type LastingFault,
  type NotificationFault,
  type TenantFault,
  type Transactions,
} from './fault-kinds.ts';
import type { Grants } from './grants.ts';
import type { World } from './world.ts';

export { type Fault, type FaultInput, faultSchema } from './fault-kinds.ts';

export interface Faults {
  add(fault: FaultInput): void;
  /** Ends what is still in force; expired cursors and revoked grants stay so. */
  clear(): void;
  /** What is in force. */
  list(): Fault[];
  /** Largest page of a list; null: the provider's own. */
  readonly pageSize: number | null;
  readonly emptyPages: number;
  readonly terseSeries: boolean;
  readonly transactions: Transactions;
  readonly tenant: TenantFault;
  /** Of Microsoft's answer to a delta link that has expired. */
  readonly goneStatus: 400 | 410;
  /** Those of the kind that are in force. */
  lasting<K extends LastingFault['kind']>(kind: K): Extract<LastingFault, { kind: K }>[];
  /** What this request meets, used up by one; null: nothing. */
  meet(method: string, path: string): AnswerFault | null;
  /** What the next notification meets, used up by one; null: nothing. */
  meetNotification(): NotificationFault | null;
}

const USUAL_TRANSACTIONS: Transactions = { kind: 'transactions', told: true, repeated: 'first' };

const WHOLE_TENANT: TenantFault = { kind: 'tenant', people: null, directory: true };

export function createFaults({ world, grants }: { world: World; grants: Grants }): Faults {
  let answers: { fault: AnswerFault; path: RegExp }[] = [];
  let notifications: NotificationFault[] = [];
  let pageSize: number | null = null;
  let emptyPages = 0;
  let terseSeries = false;
  let tenant = WHOLE_TENANT;
  let transactions = USUAL_TRANSACTIONS;
  let goneStatus: 400 | 410 = 410;
  /** By what they are about. */
  const kept = new Map<string, LastingFault>();

  function keep(fault: LastingFault) {
    const key = fault.kind === 'free-busy' ? `${fault.kind} ${fault.of}` : fault.kind;
    kept.delete(key);
    if (fault.on) kept.set(key, fault);
  }

  const apply = (fault: Fault): void => {
    switch (fault.kind) {
      case 'answer':
        answers.push({ fault, path: new RegExp(fault.path) });
        break;
      case 'notifications':
        notifications.push(fault);
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
        keep(fault);
    }
  };

  return {
    add: (fault) => apply(faultSchema.parse(fault)),
    clear() {
      answers = [];
      notifications = [];
      pageSize = null;
      emptyPages = 0;
      terseSeries = false;
      tenant = WHOLE_TENANT;
      transactions = USUAL_TRANSACTIONS;
      goneStatus = 410;
      kept.clear();
    },
    list: () => [
      ...answers.map(({ fault }) => fault),
      ...notifications,
      ...(pageSize === null ? [] : [{ kind: 'page-size' as const, size: pageSize }]),
      ...(emptyPages === 0 ? [] : [{ kind: 'empty-pages' as const, count: emptyPages }]),
      ...(terseSeries ? [{ kind: 'terse-series' as const, terse: true }] : []),
      ...(tenant === WHOLE_TENANT ? [] : [tenant]),
      ...(transactions === USUAL_TRANSACTIONS ? [] : [transactions]),
      ...kept.values(),
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
      [...kept.values()].filter((each): each is Extract<LastingFault, { kind: K }> => each.kind === kind),
    meet(method, path) {
      for (const { fault, path: pattern } of answers) {
        if (!pattern.test(path) || (fault.method ?? method) !== method) continue;
        if (fault.after > 0) {
          fault.after -= 1;
          continue;
        }
        fault.times -= 1;
        answers = answers.filter((each) => each.fault.times > 0);
        return fault;
      }
      return null;
    },
    meetNotification() {
      const [fault] = notifications;
      if (!fault) return null;
      fault.times -= 1;
      notifications = notifications.filter((each) => each.times > 0);
      return fault;
    },
  };
}
