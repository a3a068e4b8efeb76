import {
  DefaultIntrinsics,
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
} from 'quickjs-emscripten-core';
import type { AnalysisRefusal, ProgramPlace } from '../../kb/reasoning/analysis/refusal.ts';

export interface EngineLimits {
  /** Of the engine's heap, bytes; the input and its copy as values are part of it. */
  readonly memoryBytesMax: number;
  readonly stackBytesMax: number;
  /** Checks of the interpreter; one comes about every 10,000 loops and calls (quickjs.c, JS_INTERRUPT_COUNTER_INIT). */
  readonly fuelMax: number;
  /** Of the JSON that is returned, characters. */
  readonly outputCharsMax: number;
}

export type EngineRun =
  /** `output` is JSON text that nobody has looked at. */
  | { readonly kind: 'returned'; readonly output: string; readonly fuel: number }
  | { readonly kind: 'refused'; readonly refusal: AnalysisRefusal; readonly fuel: number };

/**
 * Runs `analyse(input)` of a program in QuickJS inside WebAssembly. No function of the host is there, nothing to import,
 * no clock and no chance: the same program over the same input takes the same steps and returns the same.
 *
 * Blocks its thread, for longer than the fuel suggests where one built-in function works long; so call it in a thread
 * that can be killed.
 */
export async function runInEngine(program: string, input: string, limits: EngineLimits): Promise<EngineRun> {
  const engine = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));
  const runtime = engine.newRuntime();
  runtime.setMemoryLimit(limits.memoryBytesMax);
  runtime.setMaxStackSize(limits.stackBytesMax);
  const tank = fuelTank(runtime, limits.fuelMax);
  const context = runtime.newContext({ intrinsics: { ...DefaultIntrinsics, Date: false } });
  const refused = (refusal: AnalysisRefusal): EngineRun => ({ kind: 'refused', refusal, fuel: tank.used() });
  const harness = context.evalCode(harnessSource, 'harness.js');
  if (harness.error) throw new Error('the harness of the sandbox does not run');

  const defined = context.evalCode(program, programFile, { type: 'global' });
  if (defined.error) return refused(refusalOf(context, defined.error, tank));
  // Looked up as a name, since `const analyse = …` is no property of the global object.
  const analyse = context.evalCode('analyse', 'harness.js');
  if (analyse.error || context.typeof(analyse.value) !== 'function')
    return refused({ kind: 'syntax', message: 'it defines no function analyse(input)', place: null });

  const returned = context.callFunction(
    harness.value,
    context.undefined,
    analyse.value,
    context.newString(input),
    context.newNumber(limits.outputCharsMax),
  );
  if (returned.error) return refused(refusalOf(context, returned.error, tank));
  return readReturned(context, returned.value, limits, tank);
}

const programFile = 'program.js';

// Keeps its own JSON before the program can put another in its place, and takes away what is not the same every time.
// The program's objects are turned into text inside the engine: none of them reaches the host.
const harnessSource = `(() => {
  const { parse, stringify } = JSON;
  const drop = (holder, ...names) => names.forEach((name) => delete holder[name]);
  drop(Math, 'random');
  drop(globalThis, 'SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry', 'performance', 'queueMicrotask');
  return (analyse, input, charsMax) => {
    const text = stringify(analyse(parse(input)));
    return text === undefined ? 'null' : text.length > charsMax ? text.length : text;
  };
})()`;

interface FuelTank {
  isEmpty(): boolean;
  used(): number;
}

function fuelTank(runtime: QuickJSRuntime, fuelMax: number): FuelTank {
  let used = 0;
  runtime.setInterruptHandler(() => {
    used += 1;
    return used > fuelMax;
  });
  return { isEmpty: () => used > fuelMax, used: () => Math.min(used, fuelMax) };
}

function readReturned(context: QuickJSContext, value: QuickJSHandle, limits: EngineLimits, tank: FuelTank): EngineRun {
  const fuel = tank.used();
  if (context.typeof(value) === 'string') return { kind: 'returned', output: context.getString(value), fuel };
  const message = `the program returned ${context.getNumber(value)} characters; at most ${limits.outputCharsMax} are read`;
  return { kind: 'refused', refusal: { kind: 'too-large', what: 'output', message }, fuel };
}

function refusalOf(context: QuickJSContext, error: QuickJSHandle, tank: FuelTank): AnalysisRefusal {
  // Asked first: reading the error may run code of the program, which then finds the tank empty.
  const wasEmpty = tank.isEmpty();
  const name = textOf(context, error, 'name');
  const message = textOf(context, error, 'message') || 'it threw something without a message';
  const place = placeIn(textOf(context, error, 'stack'));
  if (wasEmpty || tank.isEmpty()) return { kind: 'out-of-fuel', message: 'interrupted', place };
  if (name === 'SyntaxError') return { kind: 'syntax', message, place };
  // The engine's own words; a program that throws them itself is refused just the same.
  if (/out of memory/.test(message)) return { kind: 'out-of-memory', message, place };
  if (/stack (?:size exceeded|overflow)/.test(message)) return { kind: 'too-deep', message, place };
  return { kind: 'threw', message, place };
}

const errorCharsMax = 300;

/** A property of a thrown value as text; empty where it is none, or where reading it throws. */
function textOf(context: QuickJSContext, thrown: QuickJSHandle, property: string): string {
  if (context.typeof(thrown) !== 'object') return property === 'message' ? primitiveText(context, thrown) : '';
  try {
    const handle = context.getProp(thrown, property);
    return context.typeof(handle) === 'string' ? cut(context.getString(handle)) : '';
  } catch {
    return '';
  }
}

function primitiveText(context: QuickJSContext, thrown: QuickJSHandle): string {
  return context.typeof(thrown) === 'string' ? cut(context.getString(thrown)) : '';
}

function cut(text: string): string {
  return text.slice(0, errorCharsMax);
}

// "    at analyse (program.js:3:9)", "    at program.js:2:1"; of a loop that was interrupted, where its function begins
function placeIn(stack: string): ProgramPlace | null {
  const found = /\bprogram\.js:(\d{1,7}):(\d{1,7})/.exec(stack);
  return found === null ? null : { line: Number(found[1]), column: Number(found[2]) };
}
