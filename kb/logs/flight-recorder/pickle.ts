import { cursorOver, PickleError, type Cursor } from './pickle-cursor.ts';
import { nestingProblem } from './pickle-depth.ts';
import { floatOf, intOf, longOf, oldLongOf, oldText, quoted, rawUnicode, utf8Text } from './pickle-literals.ts';
import { isRefused, opcodeName } from './pickle-opcodes.ts';

export { PickleError };

/** Plain data of Python: lists and tuples are arrays, dictionaries are maps, whole numbers beyond 2^53 are bigints. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>;

/** Bounds on what a pickle may make of its bytes. */
export interface PickleLimits {
  readonly bytesMax: number;
  /** Containers within containers. */
  readonly depthMax: number;
  /** Lists, tuples, dictionaries and sets. */
  readonly containersMax: number;
  /** Values that are pushed, repetitions out of the memo included. */
  readonly valuesMax: number;
  readonly memoMax: number;
  /** Bytes of one string. */
  readonly stringBytesMax: number;
}

/**
 * A recorder of 20,000 entries with 30 shared frames each makes 6 MB, 162,000 containers and 1.5 million values
 * (measured on entries such as torch writes): these are twelve times that and more, and keep a hostile file to about
 * a gigabyte of memory.
 */
export const pickleLimits: PickleLimits = {
  bytesMax: 256 * 1024 * 1024,
  depthMax: 64,
  containersMax: 2_000_000,
  valuesMax: 20_000_000,
  memoMax: 4_000_000,
  stringBytesMax: 1024 * 1024,
};

export interface Unpickled {
  readonly value: PickleValue;
  /** Where the bytes of a dictionary begin and end. */
  readonly placeOf: (container: object) => { readonly from: number; readonly to: number } | undefined;
}

/**
 * Reads plain data out of a pickle of protocol 0 to 5. Nothing is imported, called or built: the first opcode that asks
 * for that ends the reading. Throws `PickleError` and nothing else, whatever the bytes.
 */
export function readPickle(bytes: Uint8Array, limits: Partial<PickleLimits> = {}): Unpickled {
  const bounds = { ...pickleLimits, ...limits };
  if (bytes.length > bounds.bytesMax)
    throw new PickleError(`the data is ${bytes.length} bytes long, more than the ${bounds.bytesMax} that are read`, 0);
  return new PickleMachine(bytes, bounds).run();
}

// Longer numbers than this are no counts, sizes or times, and cost time to read.
const longBytesMax = 1024;
const lineCharsMax = 1024 * 1024;
const marksMax = 10_000;

type Container = Exclude<Extract<PickleValue, object>, Uint8Array>;

/** The stack machine that a pickle is a program for. */
class PickleMachine {
  private readonly cursor: Cursor;
  private readonly limits: PickleLimits;
  private stack: PickleValue[] = [];
  private readonly marks: PickleValue[][] = [];
  private readonly memo = new Map<number, PickleValue>();
  private readonly frozen = new WeakSet<object>();
  private readonly places = new WeakMap<object, { from: number; to: number }>();
  private values = 0;
  private containers = 0;
  private offset = 0;
  private opcode = '';

  constructor(bytes: Uint8Array, limits: PickleLimits) {
    this.cursor = cursorOver(bytes);
    this.limits = limits;
  }

  run(): Unpickled {
    for (;;) {
      this.offset = this.cursor.at();
      const code = this.cursor.byte();
      const name = opcodeName(code);
      if (name === undefined) throw new PickleError(`0x${code.toString(16)} is no pickle opcode`, this.offset);
      this.opcode = name;
      if (isRefused(name)) this.fail(`${name} is refused: only plain data is read, no classes and no calls`);
      if (name === 'STOP') break;
      this.step(name);
    }
    const value = this.pop();
    const problem = nestingProblem(value, this.limits.depthMax);
    if (problem !== null) this.fail(problem);
    return { value, placeOf: (container) => this.places.get(container) };
  }

  private step(name: string): void {
    const { cursor } = this;
    switch (name) {
      case 'PROTO': {
        const version = cursor.byte();
        return version <= 5 ? undefined : this.fail(`protocol ${version} is not known`);
      }
      case 'FRAME':
        // Frames only tell readers how much to fetch; they may not promise more than there is.
        if (cursor.uint64() > cursor.left()) this.fail('the data ends within a frame');
        return;
      case 'NONE':
        return this.push(null);
      case 'NEWTRUE':
        return this.push(true);
      case 'NEWFALSE':
        return this.push(false);
      case 'INT':
        return this.push(intOf(cursor.line(longBytesMax), this.offset));
      case 'BININT':
        return this.push(cursor.int32());
      case 'BININT1':
        return this.push(cursor.byte());
      case 'BININT2':
        return this.push(cursor.uint16());
      case 'LONG':
        return this.push(oldLongOf(cursor.line(longBytesMax), this.offset));
      case 'LONG1':
        return this.push(longOf(this.runOf(cursor.byte(), longBytesMax, 'number')));
      case 'LONG4':
        return this.push(longOf(this.runOf(cursor.int32(), longBytesMax, 'number')));
      case 'FLOAT':
        return this.push(floatOf(cursor.line(longBytesMax), this.offset));
      case 'BINFLOAT':
        return this.push(cursor.float64());
      case 'UNICODE':
        return this.push(rawUnicode(cursor.line(lineCharsMax), this.offset));
      case 'SHORT_BINUNICODE':
        return this.push(utf8Text(this.string(cursor.byte())));
      case 'BINUNICODE':
        return this.push(utf8Text(this.string(cursor.uint32())));
      case 'BINUNICODE8':
        return this.push(utf8Text(this.string(cursor.uint64())));
      case 'STRING':
        return this.push(quoted(cursor.line(lineCharsMax), this.offset));
      case 'BINSTRING':
        return this.push(oldText(this.string(cursor.int32())));
      case 'SHORT_BINSTRING':
        return this.push(oldText(this.string(cursor.byte())));
      case 'SHORT_BINBYTES':
        return this.push(new Uint8Array(this.string(cursor.byte())));
      case 'BINBYTES':
        return this.push(new Uint8Array(this.string(cursor.uint32())));
      case 'BINBYTES8':
      case 'BYTEARRAY8':
        return this.push(new Uint8Array(this.string(cursor.uint64())));
      case 'MARK':
        if (this.marks.length >= marksMax) this.fail(`more than ${marksMax} marks are open`);
        this.marks.push(this.stack);
        this.stack = [];
        return;
      case 'POP':
        if (this.stack.length > 0) this.stack.pop();
        else this.popMark();
        return;
      case 'POP_MARK':
        this.popMark();
        return;
      case 'DUP':
        return this.push(this.top());
      case 'EMPTY_TUPLE':
        return this.push(this.tuple([]));
      case 'TUPLE':
        return this.push(this.tuple(this.popMark()));
      case 'TUPLE1':
        return this.push(this.tuple([this.pop()]));
      case 'TUPLE2': {
        const second = this.pop();
        return this.push(this.tuple([this.pop(), second]));
      }
      case 'TUPLE3': {
        const third = this.pop();
        const second = this.pop();
        return this.push(this.tuple([this.pop(), second, third]));
      }
      case 'EMPTY_LIST':
        return this.push(this.made([]));
      case 'LIST':
        return this.push(this.made(this.popMark()));
      case 'EMPTY_DICT':
        return this.push(this.dictionary([]));
      case 'DICT':
        return this.push(this.dictionary(this.popMark()));
      case 'EMPTY_SET':
        return this.push(this.made(new Set<PickleValue>()));
      case 'FROZENSET':
        return this.push(this.tuple(new Set(this.popMark())));
      case 'APPEND': {
        const item = this.pop();
        return this.extend([item]);
      }
      case 'APPENDS':
        return this.extend(this.popMark());
      case 'SETITEM': {
        const value = this.pop();
        return this.setItems([this.pop(), value]);
      }
      case 'SETITEMS':
        return this.setItems(this.popMark());
      case 'ADDITEMS': {
        const items = this.popMark();
        const set = this.top();
        if (!(set instanceof Set) || this.frozen.has(set)) return this.fail('ADDITEMS finds no set to fill');
        for (const item of items) set.add(item);
        return;
      }
      case 'PUT':
        return this.remember(this.index());
      case 'BINPUT':
        return this.remember(cursor.byte());
      case 'LONG_BINPUT':
        return this.remember(cursor.uint32());
      case 'MEMOIZE':
        return this.remember(this.memo.size);
      case 'GET':
        return this.recall(this.index());
      case 'BINGET':
        return this.recall(cursor.byte());
      case 'LONG_BINGET':
        return this.recall(cursor.uint32());
      default:
        return this.fail(`${name} is not read`);
    }
  }

  private fail(message: string): never {
    throw new PickleError(message, this.offset, this.opcode);
  }

  private push(value: PickleValue): void {
    this.values += 1;
    if (this.values > this.limits.valuesMax) this.fail(`more than ${this.limits.valuesMax} values`);
    this.stack.push(value);
  }

  private pop(): PickleValue {
    const value = this.stack.pop();
    return value === undefined ? this.fail(`${this.opcode} finds nothing on the stack`) : value;
  }

  private top(): PickleValue {
    const value = this.stack.at(-1);
    return value === undefined ? this.fail(`${this.opcode} finds nothing on the stack`) : value;
  }

  private popMark(): PickleValue[] {
    const below = this.marks.pop();
    if (below === undefined) return this.fail(`${this.opcode} finds no mark`);
    const items = this.stack;
    this.stack = below;
    return items;
  }

  private made<C extends Container>(container: C): C {
    this.containers += 1;
    if (this.containers > this.limits.containersMax) this.fail(`more than ${this.limits.containersMax} containers`);
    return container;
  }

  private tuple<C extends PickleValue[] | Set<PickleValue>>(container: C): C {
    this.frozen.add(container);
    return this.made(container);
  }

  private dictionary(pairs: readonly PickleValue[]): Map<PickleValue, PickleValue> {
    const dictionary = this.made(new Map<PickleValue, PickleValue>());
    this.places.set(dictionary, { from: this.offset, to: this.cursor.at() });
    this.fill(dictionary, pairs);
    return dictionary;
  }

  private extend(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list) || this.frozen.has(list)) return this.fail(`${this.opcode} finds no list to extend`);
    for (const item of items) list.push(item);
  }

  private setItems(pairs: readonly PickleValue[]): void {
    const dictionary = this.top();
    if (!(dictionary instanceof Map)) return this.fail(`${this.opcode} finds no dictionary to fill`);
    this.fill(dictionary, pairs);
  }

  private fill(dictionary: Map<PickleValue, PickleValue>, pairs: readonly PickleValue[]): void {
    if (pairs.length % 2 !== 0) this.fail(`${this.opcode} finds a key without a value`);
    for (let at = 0; at < pairs.length; at += 2) dictionary.set(pairs[at] ?? null, pairs[at + 1] ?? null);
    const place = this.places.get(dictionary);
    if (place !== undefined) place.to = this.cursor.at();
  }

  private string(length: number): Uint8Array {
    return this.runOf(length, this.limits.stringBytesMax, 'string');
  }

  private runOf(length: number, bytesMax: number, what: string): Uint8Array {
    if (length < 0) this.fail(`a ${what} of ${length} bytes`);
    if (length > bytesMax) this.fail(`a ${what} of ${length} bytes, more than ${bytesMax}`);
    return this.cursor.bytes(length);
  }

  private index(): number {
    const text = this.cursor.line(longBytesMax);
    return /^\d{1,10}$/.test(text) ? Number(text) : this.fail(`${this.opcode} is followed by no memo number`);
  }

  private remember(index: number): void {
    const value = this.top();
    if (this.memo.size >= this.limits.memoMax && !this.memo.has(index))
      this.fail(`more than ${this.limits.memoMax} values are remembered`);
    this.memo.set(index, value);
  }

  private recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) return this.fail(`nothing was remembered as ${index}`);
    this.push(value);
  }
}
