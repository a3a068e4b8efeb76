import { categories, type Category } from './categories.ts';
import { namePattern } from './ids.ts';

/** What people tell an incident beside their decisions. Anybody can type these, so every reader is total. */
export interface Note {
  readonly by: string;
  readonly text: string;
  readonly atMs: number;
}

/** Payload of `correctVerdict`: a person knows the cause better. */
export interface Correction {
  /** Chosen by the sender; the same id twice is one correction. */
  readonly correctionId: string;
  readonly by: string;
  readonly category: Category;
  readonly node?: string;
  /** GPU index on the node. */
  readonly gpu?: number;
  readonly reason: string;
  readonly atMs: number;
}

/** Payload of `humanActionDone`: a person did something outside the program, such as replacing a part. */
export interface HumanAction {
  /** Chosen by the sender; the same id twice is one action. */
  readonly actionId: string;
  readonly by: string;
  readonly what: string;
  readonly atMs: number;
}

/** What is kept of each; older ones are dropped, with a refusal for what comes on top of the bound. */
export const notesMax = 50;
export const correctionsMax = 5;
export const humanActionsMax = 10;
const nameCharsMax = 100;
const textCharsMax = 500;
const gpuIndexMax = 15;

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** `{"by": "<your name>", "text": "..."}` */
export function readNote(payload: unknown, atMs: number): Read<Note> {
  const fields = fieldsOf(payload);
  if (fields === null) return notAnObject;
  const by = nameOf(fields['by']);
  const text = textOf(fields['text']);
  if (by === null) return noName('by');
  if (text === null) return { ok: false, reason: 'field "text" must say something' };
  return { ok: true, value: { by, text, atMs } };
}

/** `{"by": "<your name>", "correctionId": "...", "category": "disk-full", "node": "node-03", "gpu": 2, "reason": "..."}` */
export function readCorrection(payload: unknown, atMs: number): Read<Correction> {
  const fields = fieldsOf(payload);
  if (fields === null) return notAnObject;
  const by = nameOf(fields['by']);
  const correctionId = textOf(fields['correctionId']);
  const reason = textOf(fields['reason']);
  const { node, gpu } = fields;
  const category = [...categories, 'unlisted' as const].find((known) => known === fields['category']);
  if (by === null) return noName('by');
  if (correctionId === null) return { ok: false, reason: 'field "correctionId" must be a text of your choice' };
  if (category === undefined)
    return { ok: false, reason: 'field "category" must be one of the taxonomy, such as disk-full, or unlisted' };
  if (reason === null) return { ok: false, reason: 'field "reason" must say why' };
  if (node !== undefined && (typeof node !== 'string' || !namePattern.test(node)))
    return { ok: false, reason: 'field "node" must be the name of a node' };
  if (gpu !== undefined && !(typeof gpu === 'number' && Number.isInteger(gpu) && gpu >= 0 && gpu <= gpuIndexMax))
    return { ok: false, reason: `field "gpu" must be a GPU index, 0 to ${gpuIndexMax}` };
  if (gpu !== undefined && node === undefined) return { ok: false, reason: 'field "gpu" needs field "node"' };
  return {
    ok: true,
    value: {
      correctionId,
      by,
      category,
      reason,
      atMs,
      ...(typeof node === 'string' ? { node } : {}),
      ...(typeof gpu === 'number' ? { gpu } : {}),
    },
  };
}

/** `{"by": "<your name>", "actionId": "...", "what": "replaced GPU 3"}` */
export function readHumanAction(payload: unknown, atMs: number): Read<HumanAction> {
  const fields = fieldsOf(payload);
  if (fields === null) return notAnObject;
  const by = nameOf(fields['by']);
  const actionId = textOf(fields['actionId']);
  const what = textOf(fields['what']);
  if (by === null) return noName('by');
  if (actionId === null) return { ok: false, reason: 'field "actionId" must be a text of your choice' };
  if (what === null) return { ok: false, reason: 'field "what" must say what was done' };
  return { ok: true, value: { actionId, by, what, atMs } };
}

const notAnObject = {
  ok: false,
  reason: 'the input is not a JSON object; copy the one shown in the current details',
} as const;

function noName(field: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason: `field "${field}" must be your name` };
}

function fieldsOf(payload: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return null;
  return payload as Readonly<Record<string, unknown>>; // each field is checked where it is read
}

/** A name that somebody put in; the placeholder of a template is none. */
function nameOf(value: unknown): string | null {
  const name = textOf(value)?.slice(0, nameCharsMax) ?? null;
  return name === null || /^<.*>$/.test(name) ? null : name;
}

function textOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.trim() === '') return null;
  const text = value.trim();
  return text.length <= textCharsMax ? text : `${text.slice(0, textCharsMax - 1)}…`;
}
