import { describe, expect, test } from 'vitest';
import { runAnalysisProgram, type AnalysisLimits } from '../../../activities/adapters/analysis-sandbox.ts';

const input = JSON.stringify({ clocks: [1410, 1410, 210, 1410] });

async function run(program: string, limits: Partial<AnalysisLimits> = {}): Promise<unknown> {
  const result = await runAnalysisProgram(program, input, { limits });
  return result.kind === 'returned' ? JSON.parse(result.output) : result.refusal;
}
const inAnalyse = (body: string): string => `function analyse(input) { ${body} }`;

describe('a program', () => {
  test('computes over its input and returns JSON', async () => {
    expect(await run(inAnalyse('return { slowest: Math.min(...input.clocks) }'))).toEqual({ slowest: 210 });
  });

  test('may be an arrow function, and use maps, sets, typed arrays and regular expressions', async () => {
    const program = `const analyse = ({ clocks }) => [new Set(clocks).size, Float64Array.from(clocks).length, /\\d/.test('1')]`;
    expect(await run(program)).toEqual([2, 4, true]);
  });

  test('takes the same steps every time', async () => {
    const program = inAnalyse('let n = 0; for (let i = 0; i < 500000; i++) n += i % 7; return n');
    const [one, two] = await Promise.all([runAnalysisProgram(program, input), runAnalysisProgram(program, input)]);
    expect(one).toEqual(two);
    expect(one).toMatchObject({ kind: 'returned', output: '1499994' });
    expect(one.fuel).toBeGreaterThan(10);
  });
});

describe('is refused with the place in the program:', () => {
  test.each([
    ['what is no JavaScript', 'function analyse() {\n  return [1\n}', { kind: 'syntax', place: { line: 3 } }],
    ['a module', `import fs from 'node:fs';\n${inAnalyse('return []')}`, { kind: 'syntax', place: { line: 1 } }],
    ['no function', 'const findings = []', { kind: 'syntax', message: expect.stringContaining('analyse(input)') }],
    [
      'an exception',
      'function analyse(input) {\n  return input.power.limit;\n}',
      { kind: 'threw', message: expect.stringContaining('limit'), place: { line: 2 } },
    ],
    ['an endless loop', `\n${inAnalyse('for (;;) {}')}`, { kind: 'out-of-fuel', place: { line: 2 } }],
    ['a loop that catches', inAnalyse('for (;;) try { for (;;) {} } catch {} finally {}'), { kind: 'out-of-fuel' }],
    ['an endless loop outside', 'while (true) {}', { kind: 'out-of-fuel', place: { line: 1 } }],
    [
      'deep recursion',
      'function analyse(input) {\n  return analyse(input) + 1; }',
      { kind: 'too-deep', place: { line: 2 } },
    ],
    [
      'deep recursion in a built-in',
      inAnalyse('let deep = {}; for (let i = 0; i < 100000; i++) deep = { deep }; return deep'),
      { kind: 'too-deep' },
    ],
    [
      'a catastrophic regular expression',
      inAnalyse(`return /^(a+)+$/.test('a'.repeat(64) + 'b')`),
      { kind: 'out-of-fuel', place: { line: 1 } },
    ],
    ['a huge string', inAnalyse(`return 'x'.repeat(2 ** 29).length`), { kind: 'out-of-memory', place: { line: 1 } }],
    ['a huge buffer', inAnalyse('return new Uint8Array(2 ** 30).length'), { kind: 'out-of-memory' }],
    ['a string that doubles', inAnalyse(`let s = 'x'; for (;;) s += s + s.slice(1)`), { kind: 'out-of-memory' }],
    ['too much output', inAnalyse(`return 'x'.repeat(40000)`), { kind: 'too-large', what: 'output' }],
  ])('%s', { timeout: 60_000 }, async (_what, program, refusal) => {
    // A busy machine must not make the deadline the first bound that is met.
    expect(await run(program, { wallMsMax: 50_000 })).toMatchObject(refusal);
  });

  test('a built-in that works long between two steps: the thread is killed', async () => {
    const program = inAnalyse(`return Array.from({ length: 3 }, () => new Array(2 ** 31).join('ab')).length`);
    expect(await run(program, { wallMsMax: 700 })).toMatchObject({ kind: 'too-slow' });
  });

  test('a memory bomb of small pieces, by memory, fuel or time, whichever ends first', async () => {
    const program = inAnalyse(`const kept = []; for (;;) kept.push('x'.repeat(1000) + kept.length)`);
    const refusal = await run(program, { wallMsMax: 2_000 });
    expect(['out-of-memory', 'out-of-fuel', 'too-slow']).toContain(Reflect.get(Object(refusal), 'kind'));
  });

  test('a program or an input that is too long, before a thread is started', async () => {
    expect(await runAnalysisProgram(' '.repeat(8_001), input)).toMatchObject({ refusal: { what: 'program' } });
    expect(await runAnalysisProgram('', input, { limits: { inputCharsMax: 5 } })).toMatchObject({
      refusal: { what: 'input' },
    });
  });
});

describe('finds nothing of the host:', () => {
  test.each([
    'require',
    'process',
    'fetch',
    'Buffer',
    'WebAssembly',
    'setTimeout',
    'console',
    'std',
    'os',
    'print',
    'Worker',
    'XMLHttpRequest',
    'performance',
    'Date',
    'SharedArrayBuffer',
    'Atomics',
    'WeakRef',
    'module',
    '__dirname',
  ])('%s', async (name) => {
    expect(await run(inAnalyse(`return typeof ${name} + typeof globalThis['${name}']`))).toBe('undefinedundefined');
  });

  test('Math.random', async () => {
    expect(await run(inAnalyse('return typeof Math.random'))).toBe('undefined');
  });

  test.each([
    [
      'the constructor of a constructor',
      `return typeof input.constructor.constructor('return this')().process`,
      'undefined',
    ],
    ['eval', `return eval('typeof globalThis.process')`, 'undefined'],
    [
      'the caller',
      `return typeof (function () { try { return arguments.callee.caller.constructor('return process')() } catch {} })()`,
      'undefined',
    ],
    [
      'an import that is waited for',
      `import('node:fs').then(() => { globalThis.got = true }); return typeof globalThis.got`,
      'undefined',
    ],
    ['a promise', `return Promise.resolve('later')`, {}],
  ])('through %s', async (_what, body, expected) => {
    expect(await run(inAnalyse(body))).toEqual(expected);
  });
});

describe('what a program returns cannot harm who reads it:', () => {
  test('JSON of its own', async () => {
    const program = `JSON.stringify = () => '{"forged": 1}'; JSON.parse = () => null; ${inAnalyse('return input.clocks[2]')}`;
    expect(await run(program)).toBe(210);
  });

  test('changed prototypes stay in the sandbox', async () => {
    await run(`Object.prototype.polluted = 'yes'; Array.prototype.map = null; ${inAnalyse('return []')}`);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    expect([1].map(String)).toEqual(['1']);
  });

  test('keys that are prototypes elsewhere', async () => {
    const result = await run(inAnalyse(`return JSON.parse('{"__proto__": {"isAdmin": true}}')`));
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
    expect(Object.getOwnPropertyNames(result)).toEqual(['__proto__']);
  });

  test('a proxy that answers for ever', async () => {
    const endless = `new Proxy([], { get: (_, key) => key === 'length' ? 1e9 : key === 'toJSON' ? undefined : 'x', has: () => true, ownKeys: () => [] })`;
    expect(await run(inAnalyse(`return ${endless}`), { wallMsMax: 3_000 })).toMatchObject({
      kind: expect.stringMatching(/^(?:out-of-memory|out-of-fuel|too-slow)$/),
    });
  });

  test('an exception that is a trap itself', async () => {
    const trap = `throw new Proxy({}, { get() { for (;;) {} } })`;
    expect(await run(inAnalyse(trap), { fuelMax: 200 })).toMatchObject({ kind: 'out-of-fuel' });
    expect(await run(inAnalyse('throw null'))).toMatchObject({ kind: 'threw' });
    expect(await run(inAnalyse(`throw { message: { toString() { for (;;) {} } } }`))).toMatchObject({ kind: 'threw' });
  });

  test('an exception with a long message', async () => {
    const refusal = await run(inAnalyse(`throw new Error('x'.repeat(100000))`));
    expect(JSON.stringify(refusal).length).toBeLessThan(600);
  });
});

describe('the process', () => {
  test('goes on while a program loops, and other programs run beside it', async () => {
    let beats = 0;
    const heart = setInterval(() => (beats += 1), 5);
    const [looped, fine] = await Promise.all([
      run(inAnalyse('for (;;) {}'), { fuelMax: 1e9, wallMsMax: 600 }),
      run(inAnalyse('return input.clocks.length')),
    ]);
    clearInterval(heart);
    expect(looped).toMatchObject({ kind: 'too-slow' });
    expect(fine).toBe(4);
    expect(beats).toBeGreaterThan(5);
  });

  test('can give a program up', async () => {
    const stop = new AbortController();
    const running = runAnalysisProgram(inAnalyse('for (;;) {}'), input, {
      limits: { fuelMax: 1e9 },
      signal: stop.signal,
    });
    stop.abort(new Error('not wanted any more'));
    await expect(running).rejects.toThrow('cancelled');
  });
});
