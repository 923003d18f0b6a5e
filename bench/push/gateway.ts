/** The gateway that is measured, in a process of its own: as it is, with IPC beside it to tell what it uses. */
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { startGateway } from '../../src/main.ts';
import { createKeyRing } from '../../src/secrets.ts';
import { serveParent, usage } from '../child.ts';

const config = readConfig();
const gateway = await startGateway({
  config,
  log: createLog(config.LOG_LEVEL),
  installation: {
    databaseUrl: config.DATABASE_URL ?? '',
    keyRing: createKeyRing(config.ENCRYPTION_KEYS ?? []),
    adminToken: config.ADMIN_TOKEN ?? '',
  },
  http: true,
  sync: true,
});

const answers = { usage, url: () => `${gateway.url}/graphql` };

export type GatewayProcess = typeof answers;

serveParent(answers);
