import type { LineView } from './blocks.ts';
import { excerpt, ownCopy } from './excerpt.ts';
import { fingerprint } from './fingerprint.ts';
import { shapeOf, shapeWords } from './shapes.ts';
import { wordGeneraliser } from './word-generaliser.ts';

/** What routine lines of one print statement have in common. */
export interface Template {
  readonly id: number;
  /** The words with `*` for what varies. */
  readonly pattern: string;
  readonly example: string;
  count: number;
  readonly firstLine: number;
  lastLine: number;
}

export interface Noted {
  readonly template: Template | null;
  readonly isNew: boolean;
}

export interface TemplateTable {
  /** Counts the line; `isNew` where nothing like it was there before. `text` is asked for only if the shape is unknown. */
  note(view: LineView, text: () => string): Noted;
  /** Most frequent first. */
  templates(): readonly Template[];
}

/**
 * Templates are kept up to this many; what comes after is new each time, so that it is kept rather than lost. Programs
 * have hundreds to a few thousand print statements (Zhu et al. 2019, "Tools and benchmarks for automated log parsing",
 * ICSE-SEIP, table 1: at most 1,241 in 16 systems).
 */
const templatesMax = 20_000;

export function templateTable(): TemplateTable {
  const shapes = shapeTable();
  const templates: Template[] = [];
  const byPattern = new Map<string, Template>();
  /** By template: what is answered for each further line of it, made once. */
  const again: Noted[] = [];
  const generalise = wordGeneraliser();

  const learn = (view: LineView, shape: Shape, text: string): Noted => {
    const whole = generalise(shapeWords(text)).join('');
    const key = whole.length <= patternCharsMax ? whole : fingerprint(whole);
    const known = byPattern.get(key);
    if (known !== undefined) {
      shapes.set(shape.shapeA, shape.shapeB, known.id);
      return { template: counted(known, view.line), isNew: false };
    }
    if (templates.length >= templatesMax) return { template: null, isNew: true };
    const template: Template = {
      id: templates.length,
      // A slice would keep the whole line in memory.
      pattern: ownCopy(whole.slice(0, patternCharsMax)),
      example: excerpt(text),
      count: 1,
      firstLine: view.line,
      lastLine: view.line,
    };
    templates.push(template);
    again.push({ template, isNew: false });
    byPattern.set(whole.length <= patternCharsMax ? template.pattern : key, template);
    shapes.set(shape.shapeA, shape.shapeB, template.id);
    return { template, isNew: true };
  };

  return {
    note(view, text) {
      // Between escape sequences words look as if they held digits: such a line goes by its cleaned text.
      const shape: Shape = view.odd ? shapeOf(text()) : view;
      const id = shapes.get(shape.shapeA, shape.shapeB);
      const known = id === -1 ? undefined : templates[id];
      if (known === undefined) return learn(view, shape, text());
      counted(known, view.line);
      return again[id] ?? { template: known, isNew: false };
    },
    templates: () => templates.toSorted((a, b) => b.count - a.count || a.id - b.id),
  };
}

type Shape = Pick<LineView, 'shapeA' | 'shapeB'>;

const patternCharsMax = 2_000;

function counted(template: Template, line: number): Template {
  template.count += 1;
  template.lastLine = line;
  return template;
}

// A power of two; at three quarters the table is emptied, and the shapes that go on are learned again.
const slots = 2 ** 17;
const filledMax = (slots / 4) * 3;

/** From a shape's two hashes to a number, with open addressing: two integers a slot and no objects. */
function shapeTable() {
  const keysA = new Int32Array(slots);
  const keysB = new Int32Array(slots);
  /** 0 is free. */
  const values = new Int32Array(slots);
  let filled = 0;
  const slotOf = (a: number, b: number): number => {
    let slot = (a ^ (b >>> 7)) & (slots - 1);
    while (values[slot] !== 0 && (keysA[slot] !== a || keysB[slot] !== b)) slot = (slot + 1) & (slots - 1);
    return slot;
  };
  return {
    /** -1 if it is not there. */
    get: (a: number, b: number): number => (values[slotOf(a, b)] ?? 0) - 1,
    set(a: number, b: number, value: number): void {
      if (filled >= filledMax) {
        values.fill(0);
        filled = 0;
      }
      const slot = slotOf(a, b);
      if (values[slot] === 0) filled += 1;
      keysA[slot] = a;
      keysB[slot] = b;
      values[slot] = value + 1;
    },
  };
}
