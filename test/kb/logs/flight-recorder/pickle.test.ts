import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PickleError, readPickle, type PickleValue } from '../../../../kb/logs/flight-recorder/pickle.ts';

const folder = new URL('fixtures/', import.meta.url);
const fixture = (name: string): Uint8Array => readFileSync(new URL(name, folder));
const bytesOf = (...parts: (string | number | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part)));

function refusal(bytes: Uint8Array, limits = {}): PickleError {
  try {
    readPickle(bytes, limits);
  } catch (error) {
    if (error instanceof PickleError) return error;
    throw error;
  }
  throw new Error('it was read');
}

function valueOf(bytes: Uint8Array): PickleValue {
  return readPickle(bytes).value;
}

describe('plain data as Python writes it', () => {
  it.each([0, 1, 2, 3, 4, 5])('is read back in protocol %i', (protocol) => {
    const value = valueOf(fixture(`plain-${protocol}.pkl`));
    if (!(value instanceof Map)) throw new Error('no dictionary');
    expect(value.get('none')).toBeNull();
    expect(value.get('bools')).toEqual([true, false]);
    expect(value.get('ints')).toEqual([
      0,
      1,
      255,
      256,
      65_535,
      65_536,
      -1,
      -129,
      2 ** 31 - 1,
      -(2 ** 31),
      2 ** 40,
      2n ** 53n + 1n,
      -(2n ** 63n),
      2n ** 200n,
      -(2n ** 200n),
    ]);
    expect(value.get('floats')).toEqual([0, -1.5, Math.PI, 1e300, Infinity, -Infinity]);
    expect(value.get('texts')).toEqual([
      '',
      'ascii',
      'grün',
      '日本',
      '😀',
      'line\nbreak',
      'back\\slash',
      'x'.repeat(300),
    ]);
    expect(value.get('tuples')).toEqual([[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]);
    expect(value.get('lists')).toEqual([[], [1], [[1], [2, 3]]]);
    expect(value.get('dicts')).toEqual(
      new Map<PickleValue, PickleValue>([
        ['empty', new Map()],
        ['nested', new Map([['a', new Map([['b', 1]])]])],
        [5, 'number key'],
      ]),
    );
    const shared = value.get('shared');
    if (!Array.isArray(shared)) throw new Error('no list');
    expect(shared[0]).toEqual(['shared', 7]);
    expect(shared[0]).toBe(shared[1]);
  });

  it.each([3, 4, 5])('has bytes in protocol %i', (protocol) => {
    const value = valueOf(fixture(`plain-${protocol}.pkl`));
    expect(value).toBeInstanceOf(Map);
    const bytes = value instanceof Map ? value.get('bytes') : null;
    expect(bytes).toEqual([new Uint8Array(), Uint8Array.of(0, 255), new Uint8Array(300).fill(121)]);
  });

  it('has sets and byte arrays in protocol 5', () => {
    const value = valueOf(fixture('plain-5.pkl'));
    const [sets, array] = value instanceof Map ? [value.get('sets'), value.get('bytearray')] : [];
    expect(sets).toEqual([new Set(), new Set([1, 2]), new Set([3])]);
    expect(array).toEqual(Uint8Array.from([97, 98, 99]));
  });

  it('of Python 2 is read too', () => {
    expect(valueOf(fixture('python2.pkl'))).toEqual(
      new Map<PickleValue, PickleValue>([
        ['op', 'all_reduce'],
        ['n', 12],
        ['b', true],
        ['abc', 'ü'],
      ]),
    );
  });

  it('tells where the bytes of a dictionary stand', () => {
    const bytes = fixture('nccl_trace_rank_2.pkl');
    const { value, placeOf } = readPickle(bytes);
    const entries = value instanceof Map ? value.get('entries') : null;
    const last = Array.isArray(entries) ? entries.at(-1) : null;
    const place = last instanceof Map ? placeOf(last) : undefined;
    expect(bytes[place?.from ?? 0]).toBe(0x7d);
    expect(bytes[(place?.to ?? 0) - 1]).toBe(0x75);
    expect(place?.to).toBeLessThan(bytes.length);
  });
});

describe('what is more than plain data', () => {
  it.each([
    ['evil-0.pkl', 'GLOBAL'],
    ['evil-1.pkl', 'GLOBAL'],
    ['evil-2.pkl', 'GLOBAL'],
    ['evil-3.pkl', 'GLOBAL'],
    ['evil-4.pkl', 'STACK_GLOBAL'],
    ['evil-5.pkl', 'STACK_GLOBAL'],
    ['evil-inst.pkl', 'INST'],
    ['evil-obj.pkl', 'GLOBAL'],
    ['evil-ext.pkl', 'EXT1'],
    ['evil-persid.pkl', 'PERSID'],
    ['evil-buffer.pkl', 'NEXT_BUFFER'],
  ])('%s is refused at %s', (name, opcode) => {
    const bytes = fixture(name);
    const error = refusal(bytes);
    expect(error.opcode).toBe(opcode);
    expect(error.message).toContain(`${opcode} is refused`);
    expect(error.message).toContain(`at byte ${error.offset}`);
    expect(error.offset).toBeLessThan(bytes.length);
  });

  it.each([
    ['c', 'GLOBAL'],
    ['\u0093', 'STACK_GLOBAL'],
    ['i', 'INST'],
    ['o', 'OBJ'],
    ['R', 'REDUCE'],
    ['b', 'BUILD'],
    ['\u0081', 'NEWOBJ'],
    ['\u0092', 'NEWOBJ_EX'],
    ['\u0082', 'EXT1'],
    ['\u0083', 'EXT2'],
    ['\u0084', 'EXT4'],
    ['P', 'PERSID'],
    ['Q', 'BINPERSID'],
    ['\u0097', 'NEXT_BUFFER'],
    ['\u0098', 'READONLY_BUFFER'],
  ])('%j is refused as %s, wherever it stands', (code, opcode) => {
    expect(refusal(bytesOf('N', code, 'x\ny\n.'))).toMatchObject({ opcode, offset: 1 });
  });
});

describe('what is broken', () => {
  it('is refused with the offset wherever it is cut off', () => {
    for (const name of ['plain-0.pkl', 'plain-2.pkl', 'plain-5.pkl']) {
      const whole = fixture(name);
      for (let length = 0; length < whole.length; length += 1) {
        const error = refusal(whole.subarray(0, length));
        expect(error.offset).toBeLessThanOrEqual(length);
        expect(error.message).toMatch(/at byte \d+$/);
      }
    }
  });

  it.each([
    ['an unknown opcode', bytesOf(0xff), '0xff is no pickle opcode'],
    ['an unknown protocol', bytesOf(0x80, 9, 'N.'), 'protocol 9'],
    ['nothing to return', bytesOf('.'), 'nothing on the stack'],
    ['a list end without a mark', bytesOf(']e.'), 'no mark'],
    ['a memo that was not filled', bytesOf('h', 7, '.'), 'nothing was remembered as 7'],
    ['items for a number', bytesOf('K', 1, 'Na.'), 'no list to extend'],
    ['items for a tuple', bytesOf(')Na.'), 'no list to extend'],
    ['items for a frozen set', bytesOf('(', 0x91, '(N', 0x90, '.'), 'no set to fill'],
    ['a key without a value', bytesOf('}(Nu.'), 'key without a value'],
    ['a number that is none', bytesOf('Ieleven\n.'), 'no whole number'],
    ['a float that is none', bytesOf('Fx\n.'), 'no number'],
    ['an escape that is cut off', bytesOf('V\\u12\n.'), 'broken escape'],
    ['a text without quotes', bytesOf('Sabc\n.'), 'not in quotes'],
    ['a negative length', bytesOf('T', [255, 255, 255, 255], 'x.'), 'of -1 bytes'],
    ['a frame that promises more', bytesOf(0x80, 4, 0x95, [9, 0, 0, 0, 0, 0, 0, 0], 'N.'), 'within a frame'],
    ['a list in itself', fixture('cycle.pkl'), 'holds itself'],
  ])('%s is refused', (_what, bytes, message) => {
    expect(refusal(bytes).message).toContain(message);
  });
});

describe('bounds', () => {
  const nested = (depth: number) => bytesOf(']'.repeat(depth), 'a'.repeat(depth - 1), '.');

  it.each([
    ['bytes', nested(9), { bytesMax: 8 }, 'long'],
    ['depth', nested(9), { depthMax: 8 }, 'nested more than 8 deep'],
    ['containers', nested(9), { containersMax: 8 }, 'more than 8 containers'],
    ['values', bytesOf('(', 'N'.repeat(9), 't.'), { valuesMax: 8 }, 'more than 8 values'],
    ['the memo', bytesOf('N', 'q', 0, 'q', 1, 'q', 2, '.'), { memoMax: 2 }, 'more than 2 values are remembered'],
    ['text', bytesOf('X', [9, 0, 0, 0], 'abcdefghi.'), { stringBytesMax: 8 }, 'a string of 9 bytes'],
    ['numbers', bytesOf(0x8b, [0, 8, 0, 0], '\u0000'.repeat(2048), '.'), {}, 'a number of 2048 bytes'],
    ['marks', bytesOf('('.repeat(10_001), '.'), {}, 'marks are open'],
  ])('on %s hold', (_what, bytes, limits, message) => {
    expect(refusal(bytes, limits).message).toContain(message);
  });

  it('let through what is just within', () => {
    expect(readPickle(nested(8), { depthMax: 8, containersMax: 8 }).value).toHaveLength(1);
  });

  it('see depth that was made through the memo from the outside in', () => {
    const wrap = (inner: number, outer: number) => bytesOf(']q', outer, '0h', inner, 'h', outer, 'a0');
    const steps = Array.from({ length: 100 }, (_one, at) => wrap(at, at + 1));
    const bytes = Buffer.concat([bytesOf(']q', 0, '0'), ...steps, bytesOf('h', 0, '.')]);
    expect(refusal(bytes).message).toContain('nested more than 64 deep');
  });

  it('keep lists that hold one another a thousandfold from taking time', () => {
    const doubled = (at: number) => bytesOf('](h', at, 'h', at, 'eq', at + 1, '0');
    const bytes = Buffer.concat([
      bytesOf(']q', 0, '0'),
      ...Array.from({ length: 60 }, (_one, at) => doubled(at)),
      bytesOf('h', 60, '.'),
    ]);
    expect(valueOf(bytes)).toHaveLength(2);
  });
});

describe('whatever the bytes', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.pkl'));

  it('random ones are read or refused, and nothing else happens', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(endsWell(bytes)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it('opcodes in any order are read or refused', () => {
    const opcodes = fc.constantFrom(
      ...'(.0N]}a)teusldlqhpg1285IFJKMVUXT'.split(''),
      '\u0085',
      '\u008f',
      '\u0090',
      '\u0091',
      '\u0094',
      '\n',
      '1\n',
      '\u0001',
    );
    fc.assert(
      fc.property(fc.array(opcodes, { maxLength: 200 }), (codes) => {
        expect(endsWell(bytesOf(...codes, '.'))).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it('valid ones that were changed are read or refused', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 }),
        (name, changes) => {
          const bytes = Uint8Array.from(fixture(name));
          for (const [at, to] of changes) bytes[at % bytes.length] = to;
          expect(endsWell(bytes)).toBe(true);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  function endsWell(bytes: Uint8Array): boolean {
    try {
      return readPickle(bytes).value !== undefined;
    } catch (error) {
      if (error instanceof PickleError && error.offset <= bytes.length) return true;
      throw error;
    }
  }
});
