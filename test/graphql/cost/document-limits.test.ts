import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { ANONYMOUS, type Viewer } from '../../../src/graphql/context.ts';
import { checkShape, measureDocument } from '../../../src/graphql/cost/document-limits.ts';
import { createDocumentStore } from '../../../src/graphql/cost/documents.ts';

const ADMIN: Viewer = { ...ANONYMOUS, kind: 'ADMIN', scopes: ['ADMIN'], organisation: 'org_1' };
const times = (count: number, write: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => write(i)).join(' ');

describe('the shape of a document', () => {
  it('has the levels of its fragments, and their aliases once however often they are spread', () => {
    const document = parse(`query A @x { a: viewer { ...F } b: viewer { ...F ... @y { c: kind } } }
      fragment F on Viewer { d: kind ...G } fragment G on Viewer { e: host { name @z } }`);
    expect(measureDocument(document)).toEqual({
      ...{ depth: 3, rootFields: 2, aliases: 5, directives: 3, taking: 0 },
      // Operation, spread of F, of G, host, name.
      nesting: 5,
    });
  });

  it('counts no levels below __schema, and what takes time in mutations alone', () => {
    const tools = measureDocument(parse('{ __schema { types { fields { type { ofType { name } } } } } }'));
    expect(tools).toMatchObject({ depth: 1, nesting: 6 });
    const taking = 'a: holdSlot(input: 1) { x } ...C } fragment C on Mutation { confirmBooking { x } }';
    expect(measureDocument(parse(`mutation { ${taking}`))).toMatchObject({ taking: 2 });
    expect(measureDocument(parse(`{ ${taking}`))).toMatchObject({ taking: 0 });
  });

  it('is measured in no time, however long the chain, and ends in a circle', () => {
    const chain = `{ ...F0 } ${times(20_000, (i) => `fragment F${i} on Q { ...F${i + 1} }`)} fragment F20000 on Q { a }`;
    const shape = measureDocument(parse(chain));
    expect(shape.nesting).toBe(20_002);
    expect(() => checkShape(shape, ADMIN)).toThrow('nested more than 200');
    const doubled = `{ ...D0 } ${times(1_000, (i) => `fragment D${i} on Q { a { ...D${i + 1} } b { ...D${i + 1} } }`)}
      fragment D1000 on Q { a }`;
    expect(measureDocument(parse(doubled)).depth).toBe(1_001);
    measureDocument(parse('{ ...A } fragment A on Q { ...B } fragment B on Q { ...A }'));
  });
});

describe('a document that one caller may send', () => {
  it('is refused to another, though it is kept', () => {
    const documents = createDocumentStore();
    const aliased = `{ ${times(16, (i) => `a${i}: a`)} }`;
    const long = `{ ${times(1_001, () => 'a')} }`;
    expect(documents.read(aliased, ADMIN)).toBe(documents.read(aliased, ADMIN));
    expect(() => documents.read(aliased, ANONYMOUS)).toThrow('15 aliases');
    documents.read(long, ADMIN);
    expect(() => documents.read(long, ANONYMOUS)).toThrow('1000 tokens');
  });

  it('is parsed once while it is kept, and makes room for others', () => {
    const documents = createDocumentStore();
    const first = documents.read('{ a }', ANONYMOUS);
    expect(documents.read('{ a }', ANONYMOUS)).toBe(first);
    for (let i = 0; i < 120; i++) documents.read(`{ ${times(900, () => 'a')} b${i} }`, ADMIN);
    expect(documents.read('{ a }', ANONYMOUS)).not.toBe(first);
  });
});
