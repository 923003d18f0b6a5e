import { createGoogle } from '../../../src/providers/google/index.ts';
import { providerContract } from '../../contracts/provider.ts';
import { simulated } from '../simulated.fixture.ts';

providerContract('Google', () => simulated('google', ({ google }) => createGoogle(google)));
