/** The executable schema. The noun files are imported for their effect on the builder. */
import { isInterfaceType, lexicographicSortSchema, printSchema } from 'graphql';
import './account.ts';
import './api-key.ts';
import './audit/audit-log.ts';
import './availability.ts';
import './block.ts';
import './block-rule.ts';
import './booking.ts';
import './booking-by-id.ts';
import './booking-list.ts';
import './brand.ts';
import './busy.ts';
import './calendar.ts';
import './delivery.ts';
import './event-type.ts';
import './feed.ts';
import './explain.ts';
import './freshness.ts';
import './health.ts';
import './hold.ts';
import './host.ts';
import './mail.ts';
import './organisation.ts';
import './organisation-connection.ts';
import './privacy.ts';
import './secret-account.ts';
import './team.ts';
import './webhook-endpoint.ts';
import './what-if.ts';
import { auditMutations } from './audit/mutations.ts';
import { builder, nodeTypes } from './builder.ts';
import { countLists } from './cost/field-budget.ts';

export const schema = builder.toSchema();
countLists(schema);
auditMutations(schema);
const node = schema.getType('Node');
if (isInterfaceType(node)) for (const { name } of schema.getPossibleTypes(node)) nodeTypes.add(name);

/** What stands in schema.graphql. */
export const printedSchema = () => `${printSchema(lexicographicSortSchema(schema))}\n`;
