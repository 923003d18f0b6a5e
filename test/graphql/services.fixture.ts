/** Services for tests of the API that use few of them. */
import { expect } from 'vitest';
import type { Services } from '../../src/graphql/services.ts';

export const notAsked = (): never => expect.fail('another service was asked');

/** Services of which those that are given can be asked; the use of any other fails the test. */
export function onlyServices(given: Partial<Services> & Pick<Services, 'limits' | 'limitStrict'>): Services {
  const services: Services = {
    limits: given.limits,
    limitStrict: given.limitStrict,
    get live() {
      return notAsked();
    },
    get offers() {
      return notAsked();
    },
    get log() {
      return notAsked();
    },
    get store() {
      return notAsked();
    },
    get clock() {
      return notAsked();
    },
    get booking() {
      return notAsked();
    },
    get feeds() {
      return notAsked();
    },
    get keys() {
      return notAsked();
    },
    get connect() {
      return notAsked();
    },
    get webhooks() {
      return notAsked();
    },
    get sync() {
      return notAsked();
    },
  };
  return Object.defineProperties(services, Object.getOwnPropertyDescriptors(given));
}
