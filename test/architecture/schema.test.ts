import { readFile } from 'node:fs/promises';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { generate } from '../../codegen.ts';
import { schema } from '../../src/graphql/schema.ts';

const contract = buildSchema(await readFile(new URL('./contract.graphql', import.meta.url), 'utf8'));

/** Everything of `wanted` as lines: what is there, and how it must look. */
function lines(wanted: GraphQLSchema): Map<string, string> {
  const found = new Map<string, string>();
  for (const type of Object.values(wanted.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    found.set(type.name, type.constructor.name);
    if (isEnumType(type)) for (const { name } of type.getValues()) found.set(`${type.name}.${name}`, 'value');
    if (isUnionType(type))
      for (const { name } of type.getTypes()) found.set(`${type.name} | ${name}`, 'member');
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields()))
        found.set(`${type.name}.${field.name}`, inputForm(field));
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const { name } of type.getInterfaces()) found.set(`${type.name} implements ${name}`, 'interface');
      for (const field of Object.values(type.getFields())) {
        found.set(`${type.name}.${field.name}`, String(field.type));
        for (const arg of field.args) found.set(`${type.name}.${field.name}(${arg.name})`, inputForm(arg));
      }
    }
  }
  return found;
}

const inputForm = ({ type, defaultValue }: GraphQLArgument | GraphQLInputField) =>
  `${type} = ${JSON.stringify(defaultValue ?? null)}`;

/** A default that the schema fills in stands for the same null to a client. */
const wanted = lines(contract);
const built = lines(schema);

describe('schema.graphql against the contract', () => {
  it('has every name of the contract, in its form', () => {
    const differing = [...wanted].flatMap(([name, form]) => {
      const mine = built.get(name) ?? 'nothing';
      return mine !== form ? [`${name}: ${form} in the contract, ${mine} here`] : [];
    });
    expect(differing).toEqual([]);
  });
});

describe('generated files', () => {
  it('are what codegen.ts makes now', async () => {
    for (const [path, content] of await generate()) {
      expect(await readFile(path, 'utf8').catch(() => 'not there'), `${path}: run npx tsx codegen.ts`).toBe(
        content,
      );
    }
  });
});
