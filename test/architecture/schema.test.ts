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
  isSpecifiedScalarType,
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

/** Each type, field, argument, input field and enum value of the schema, with its description. */
function descriptions(of: GraphQLSchema): [name: string, description: string][] {
  const found: [string, string][] = [];
  for (const type of Object.values(of.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue;
    found.push([type.name, type.description ?? '']);
    const members = isEnumType(type)
      ? type.getValues()
      : 'getFields' in type
        ? Object.values(type.getFields())
        : [];
    for (const member of members) {
      found.push([`${type.name}.${member.name}`, member.description ?? '']);
      for (const arg of 'args' in member ? member.args : [])
        found.push([`${type.name}.${member.name}(${arg.name})`, arg.description ?? '']);
    }
  }
  return found;
}

describe('the descriptions of schema.graphql', () => {
  it('are there for every type, field, argument, input field and enum value', () => {
    const all = descriptions(schema);
    expect(all.length).toBeGreaterThan(500);
    expect(all.flatMap(([name, description]) => (description.trim() ? [] : [name]))).toEqual([]);
  });

  it('say for each field of the roots who may ask, as the schema checks it', () => {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const wrong = roots.flatMap((root) =>
      Object.values(root?.getFields() ?? {}).flatMap(({ name, description, extensions }) => {
        const { scope, operator } = scopesOf(extensions);
        const says = operator
          ? /Operator\.$/
          : scope === undefined
            ? /Public[^.]*\.$/
            : scope === 'ADMIN'
              ? /Admin\.$/
              : `scope ${scope}.`;
        const holds = typeof says === 'string' ? description?.endsWith(says) : says.test(description ?? '');
        return holds ? [] : [`${root?.name}.${name}: ${description}`];
      }),
    );
    expect(wrong).toEqual([]);
  });
});

/** What the builder was given for a field, as Pothos keeps it. */
function scopesOf({ pothosOptions }: Readonly<Record<string, unknown>>): {
  scope?: string;
  operator?: boolean;
} {
  const { authScopes } = (pothosOptions ?? {}) as { authScopes?: { scope?: string; operator?: boolean } };
  return authScopes ?? {};
}

describe('generated files', () => {
  it('are what codegen.ts makes now', async () => {
    for (const [path, content] of await generate()) {
      expect(await readFile(path, 'utf8').catch(() => 'not there'), `${path}: run npx tsx codegen.ts`).toBe(
        content,
      );
    }
  });
});
