/** The executable schema. The noun files are imported for their effect on the builder. */
import { isInterfaceType, lexicographicSortSchema, printSchema } from 'graphql';
import './account.ts';
import './api-key.ts';
import './availability.ts';
import './busy.ts';
import './calendar.ts';
import './delivery.ts';
import './event-type.ts';
import './freshness.ts';
import './host.ts';
import './organisation-connection.ts';
import './team.ts';
import { builder, nodeTypes } from './builder.ts';

export const schema = builder.toSchema();
const node = schema.getType('Node');
if (isInterfaceType(node)) for (const { name } of schema.getPossibleTypes(node)) nodeTypes.add(name);

/** What stands in schema.graphql. */
export const printedSchema = () => `${printSchema(lexicographicSortSchema(schema))}\n`;
