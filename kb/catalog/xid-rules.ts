import { xidEntryOf } from './xid-catalogue.ts';
import { recoveryActions } from './xid-decode.ts';

/** One Xid as it was seen. Without `device` all are taken as of one GPU; without `atMs` they are taken as of one moment. */
export interface XidEvent {
  readonly code: number;
  readonly atMs?: number;
  readonly device?: string;
  readonly pid?: number;
  /** Where on the GPU, as Xid 13 says it: `GPC 1, TPC 3`. */
  readonly unit?: string;
  /** What an Xid 154 announces: `GPU Reset Required`. */
  readonly recovery?: string;
}

/** What NVIDIA's workflow says of one code on one GPU, given what came with it. */
export interface XidFollowUp {
  readonly code: number;
  readonly device: string | undefined;
  readonly count: number;
  readonly rule: XidRule;
  /** Guidance classes; `null` where NVIDIA gives none. */
  readonly immediate: string | null;
  readonly followUp: string | null;
  /** Codes whose presence decided. */
  readonly because: readonly number[];
}

export type XidRule = 'catalogue' | 'solo' | 'with' | 'repeated' | 'announced';

// The catalogue gives no window. NVSentinel asks the last 24 hours for repeats (docs/designs, WORKFLOW_XID_13 and _31)
// and takes what lies within three minutes as one burst (charts/health-events-analyzer/values.yaml).
export const repeatWindowMs = 24 * 60 * 60_000;
export const burstGapMs = 3 * 60_000;
/** A fault that comes in this many bursts counts as repeated. */
export const repeatsMin = 2;
/** Events looked at; older ones beyond it are left out. */
export const xidEventsMax = 10_000;

/** Applies NVIDIA's with-rules and repeat rules; one answer a code and GPU, in the order of their first sight. */
export function followUpOf(events: readonly XidEvent[]): readonly XidFollowUp[] {
  const kept = recent(events);
  const groups = new Map<string, readonly [XidEvent, ...XidEvent[]]>();
  for (const event of kept) {
    const key = `${event.device ?? ''} ${event.code}`;
    const before = groups.get(key);
    groups.set(key, before === undefined ? [event] : [...before, event]);
  }
  return [...groups.values()].map((group) => decide(group, kept));
}

function recent(events: readonly XidEvent[]): readonly XidEvent[] {
  const kept = events.slice(-xidEventsMax);
  const last = Math.max(...kept.flatMap(({ atMs }) => (atMs === undefined ? [] : [atMs])));
  return kept.filter(({ atMs }) => atMs === undefined || last - atMs <= repeatWindowMs);
}

type Answer = Pick<XidFollowUp, 'rule' | 'immediate' | 'followUp' | 'because'>;

function decide(group: readonly [XidEvent, ...XidEvent[]], all: readonly XidEvent[]): XidFollowUp {
  const [{ code, device }] = group;
  const beside = all.filter((event) => event.code !== code && sameGpu(event, device));
  return { code, device, count: group.length, ...answer(code, group, beside, all) };
}

function answer(
  code: number,
  group: readonly XidEvent[],
  beside: readonly XidEvent[],
  all: readonly XidEvent[],
): Answer {
  const comesWith = (...codes: readonly number[]) => codesOf(beside).filter((one) => codes.includes(one));
  switch (code) {
    case 13:
      return ofProgramFault(code, repeatedInOneUnit(group));
    case 31:
      return ofProgramFault(code, repeatedOnOneGpu(group, all));
    case 45:
      return beside.length === 0
        ? { rule: 'solo', immediate: 'RESTART_FM', followUp: 'RESTART_FM', because: [] }
        : { rule: 'with', immediate: 'IGNORE', followUp: 'IGNORE', because: codesOf(beside) };
    case 48:
      return ofUncorrectable(comesWith(63, 64), comesWith(172));
    case 63:
      // A remap waits: with the error that asked for it, the GPU is drained and reset.
      return decided(code, comesWith(48), 'DRAIN_AND_RESET', 'IGNORE');
    case 64:
      return decided(code, comesWith(48), 'DRAIN_AND_RESET', 'CONTACT_SUPPORT');
    case 94:
    case 95:
      return ofContainment(code, comesWith(48, 63, 64, 140, 144, 145, 146, 171, 172));
    case 74:
      return ofLink(code, beside, all);
    case 145:
      return ofAnnounced(code, beside);
    case 149:
      return decided(code, comesWith(144, 145, 146, 147, 148, 150), 'RESET_GPU', 'SYMPATHETIC_REPORT_SOLO');
    case 154:
      return ofRecovery(group, codesOf(beside));
    case 171:
    case 172:
      return ofDetail(comesWith(48), comesWith(63, 64), code === 172);
    default:
      return fromCatalogue(code);
  }
}

function fromCatalogue(code: number): Answer {
  const entry = xidEntryOf.get(code);
  return { rule: 'catalogue', immediate: entry?.immediate ?? null, followUp: entry?.followUp ?? null, because: [] };
}

/** The catalogue's answer alone; the given one with company. */
function decided(code: number, because: readonly number[], immediate: string, followUp: string): Answer {
  return because.length === 0 ? fromCatalogue(code) : { rule: 'with', immediate, followUp, because };
}

// WORKFLOW_XID_13 and WORKFLOW_XID_31: repeats in one place point at the hardware, anything else at the program.
function ofProgramFault(code: number, repeated: boolean): Answer {
  const immediate = xidEntryOf.get(code)?.immediate ?? null;
  return repeated
    ? { rule: 'repeated', immediate, followUp: 'RUN_DCGMEUD', because: [code] }
    : { rule: 'solo', immediate, followUp: 'CHECK_APP/CUDA', because: [] };
}

/** Each burst counts once: one failing kernel writes a line for every SM. */
function repeatedInOneUnit(group: readonly XidEvent[]): boolean {
  const units = new Set(group.flatMap(({ unit }) => (unit === undefined ? [] : [tpcOf(unit)])));
  return [...units].some(
    (unit) => bursts(group.filter((event) => event.unit !== undefined && tpcOf(event.unit) === unit)) >= repeatsMin,
  );
}

function repeatedOnOneGpu(group: readonly XidEvent[], all: readonly XidEvent[]): boolean {
  const [first] = group;
  const elsewhere = all.some((event) => event.code === first?.code && event.device !== first.device);
  return !elsewhere && bursts(group) >= repeatsMin;
}

/** `GPC 1, TPC 3, SM 0` without the SM: other SMs of a TPC count as the same place. */
function tpcOf(unit: string): string {
  return unit.replace(/,? ?SM \d+$/i, '').toLowerCase();
}

/** Groups by time, and by program where the time is not known. */
function bursts(group: readonly XidEvent[]): number {
  const times = group.flatMap(({ atMs }) => (atMs === undefined ? [] : [atMs])).toSorted((a, b) => a - b);
  if (times.length === group.length)
    return times.filter((time, index) => index === 0 || time - (times[index - 1] ?? time) > burstGapMs).length;
  const pids = new Set(group.flatMap(({ pid }) => (pid === undefined ? [] : [pid])));
  return Math.max(1, pids.size);
}

// WORKFLOW_XID_48.
function ofUncorrectable(remaps: readonly number[], sram: readonly number[]): Answer {
  if (remaps.length > 0)
    return {
      rule: 'with',
      immediate: 'DRAIN_AND_RESET',
      followUp: remaps.includes(64) ? 'CONTACT_SUPPORT' : 'IGNORE',
      because: remaps,
    };
  return {
    rule: sram.length > 0 ? 'with' : 'solo',
    immediate: 'RESET_GPU',
    followUp: 'RUN_FIELDDIAG',
    because: sram,
  };
}

function ofContainment(code: number, because: readonly number[]): Answer {
  const immediate = xidEntryOf.get(code)?.immediate ?? null;
  return because.length === 0
    ? { rule: 'solo', immediate, followUp: 'REPORT_ISSUE', because }
    : { rule: 'with', immediate, followUp: 'IGNORE (sympathetic)', because };
}

// Xid 74: a GPU that fails takes its links down, and the GPUs at their other ends report them.
const takesLinksDown: readonly number[] = [48, 62, 64, 79, 95, 119, 120, 140, 158, 167];

function ofLink(code: number, beside: readonly XidEvent[], all: readonly XidEvent[]): Answer {
  const own = codesOf(beside).filter((one) => takesLinksDown.includes(one));
  const peers = codesOf(all.filter((event) => !beside.includes(event) && event.code !== code)).filter((one) =>
    takesLinksDown.includes(one),
  );
  const because = [...new Set([...own, ...peers])];
  return decided(code, because, 'RESET_GPU', 'IGNORE (sympathetic)');
}

// XID_154_EVAL.
function ofAnnounced(code: number, beside: readonly XidEvent[]): Answer {
  const recovery = beside.findLast(({ code: other }) => other === 154);
  const action = recovery === undefined ? undefined : recoveryOf(recovery);
  const followUp = xidEntryOf.get(code)?.followUp ?? null;
  return recovery === undefined
    ? { rule: 'solo', immediate: 'RESTART_APP', followUp, because: [] }
    : { rule: 'with', immediate: action ?? 'XID_154', followUp, because: [154] };
}

function ofRecovery(group: readonly XidEvent[], because: readonly number[]): Answer {
  const last = group.at(-1);
  const action = last === undefined ? undefined : recoveryOf(last);
  return {
    rule: action === undefined ? 'catalogue' : 'announced',
    immediate: action ?? 'XID_154',
    followUp: xidEntryOf.get(154)?.followUp ?? null,
    because,
  };
}

function recoveryOf({ recovery }: XidEvent): string | undefined {
  return recoveryActions.find(({ text }) => text.toLowerCase() === recovery?.toLowerCase())?.action;
}

// 171 and 172 only tell more of an Xid 48.
function ofDetail(because: readonly number[], remaps: readonly number[], sram: boolean): Answer {
  if (because.length === 0) return fromCatalogue(sram ? 172 : 171);
  return { ...ofUncorrectable(remaps, sram ? [172] : []), rule: 'with', because: [...because, ...remaps] };
}

function codesOf(events: readonly XidEvent[]): readonly number[] {
  return [...new Set(events.map(({ code }) => code))];
}

function sameGpu(event: XidEvent, device: string | undefined): boolean {
  return event.device === undefined || device === undefined || event.device === device;
}
