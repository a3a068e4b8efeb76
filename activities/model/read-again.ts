import { redact } from '../../kb/logs/redact.ts';
import type { Citable } from '../../kb/reasoning/model/case.ts';
import { lastPassage, passageAround } from '../../kb/reasoning/model/passages.ts';
import { passagesMax, type Passage } from '../../kb/reasoning/model/case.ts';
import type { EvidenceRef } from '../../workflows/domain/evidence.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import type { LogWindow } from '../../workflows/domain/phase-data.ts';
import { z } from 'zod';
import { evidenceRefSchema } from '../evidence-shapes.ts';
import { getJson } from '../json-evidence.ts';
import { logManifestSchema } from '../log-manifest.ts';
import { readLogWindow } from '../log-window.ts';
import type { EvidenceStore, LogStore } from '../ports.ts';
import { usable } from './usable.ts';

export interface EvidenceReader {
  /** The bytes of evidence that the incident has; `null` where they are not to be had, or are others than they were. */
  bytes(evidenceId: string): Promise<Uint8Array | null>;
  /** The redacted text that a citation is about, read again; of a finding with its own words. */
  text(citable: Citable): Promise<string | null>;
  /** Raw lines around the most telling findings, then the ends of logs in which nothing was seen. */
  passages(findings: readonly Finding[]): Promise<readonly Passage[]>;
}

// As large as a gathered window may be (gather-logs.ts).
const windowBytesMax = 16 * 1024 * 1024;
// Windows and outputs that one question reads.
const readsMax = 40;
/** Of a citation whose range is a whole output. */
const citedBytesMax = 256 * 1024;

export async function evidenceReader(
  ports: { readonly evidence: EvidenceStore; readonly logs: (bucket: string) => LogStore },
  from: {
    readonly logs: EvidenceRef | null;
    readonly probeResults: readonly EvidenceRef[];
    /** Documents that findings may name as a whole: metrics, comparisons. */
    readonly documents: readonly EvidenceRef[];
  },
  signal: AbortSignal,
): Promise<EvidenceReader> {
  const windows = new Map<string, LogWindow>();
  if (from.logs !== null)
    for (const window of (await usable(getJson(ports.evidence, from.logs, logManifestSchema, signal)))?.windows ?? [])
      windows.set(window.ref.id, window);
  const refs = new Map(from.documents.map((ref) => [ref.id, ref]));
  for (const results of from.probeResults)
    for (const ref of outputsIn(await usable(getJson(ports.evidence, results, z.array(z.unknown()), signal))))
      refs.set(ref.id, ref);

  let reads = 0;
  const read = new Map<string, Promise<Uint8Array | null>>();
  const bytes = (id: string): Promise<Uint8Array | null> => {
    const before = read.get(id);
    if (before !== undefined) return before;
    reads += 1;
    // Evidence that stays away is no reason to fail: what cites it is struck.
    const fresh = reads > readsMax ? Promise.resolve(null) : usable(readOne(id));
    read.set(id, fresh);
    return fresh;
  };
  const readOne = async (id: string): Promise<Uint8Array | null> => {
    const window = windows.get(id);
    if (window !== undefined) return readLogWindow(ports.logs, window, { bytesMax: windowBytesMax, signal });
    const ref = refs.get(id);
    return ref === undefined ? null : ports.evidence.get(ref, { signal });
  };

  return {
    bytes,
    async text({ range, text }) {
      // A figure that was computed from a whole document stands in the finding's own words, not in the document.
      if (text !== null && (range.byteStart === undefined || range.byteEnd === undefined)) return text;
      const whole = await bytes(range.evidenceId);
      if (whole === null) return null;
      const { byteStart = 0, byteEnd = whole.length } = range;
      const there = whole.subarray(byteStart, Math.min(byteEnd, byteStart + citedBytesMax));
      // What a probe reads it says in words of ours, and those are what was shown.
      return `${redact(new TextDecoder().decode(there))}${text === null ? '' : `\n${text}`}`;
    },
    async passages(findings) {
      const around = await Promise.all(
        placesOf(findings, windows).map(async ({ finding, window, ...at }) => {
          const found = await bytes(window.ref.id);
          return found === null
            ? []
            : [
                passageAround(
                  found,
                  at,
                  { evidenceId: window.ref.id, source: window.source },
                  window.node ?? finding.node,
                ),
              ];
        }),
      );
      const seen = new Set(findings.map(({ range }) => range.evidenceId));
      const silent = [...windows.values()]
        .filter(({ ref }) => !seen.has(ref.id) && ref.bytes > 0)
        .toSorted((a, b) => b.toMs - a.toMs || (a.source < b.source ? -1 : 1))
        .slice(0, silentWindowsMax);
      const ends = await Promise.all(
        silent.map(async ({ ref, source, node }) => {
          const found = await bytes(ref.id);
          return found === null ? [] : [lastPassage(found, { evidenceId: ref.id, source }, node)];
        }),
      );
      return [...around.flat().slice(0, passagesMax - silent.length), ...ends.flat()];
    },
  };
}

const silentWindowsMax = 2;
const roleOrder = { cause: 0, symptom: 1, context: 2, clean: 3 } as const;

interface PlaceInWindow {
  readonly finding: Finding;
  readonly window: LogWindow;
  readonly byteStart: number;
  readonly byteEnd: number;
}

/** One place a window, that of its most telling finding; causes first, then by time. */
function placesOf(findings: readonly Finding[], windows: ReadonlyMap<string, LogWindow>): readonly PlaceInWindow[] {
  const places = new Map<string, PlaceInWindow>();
  const inOrder = findings.toSorted(
    (a, b) =>
      roleOrder[a.role] - roleOrder[b.role] || (a.atMs ?? Infinity) - (b.atMs ?? Infinity) || (a.id < b.id ? -1 : 1),
  );
  for (const finding of inOrder) {
    const { evidenceId, byteStart, byteEnd } = finding.range;
    const window = windows.get(evidenceId);
    if (window === undefined || byteStart === undefined || byteEnd === undefined || places.has(evidenceId)) continue;
    places.set(evidenceId, { finding, window, byteStart, byteEnd });
    if (places.size >= passagesMax) break;
  }
  return [...places.values()];
}

const outputRef = evidenceRefSchema('probe-output');
const depthMax = 6;

function outputsIn(value: unknown, depth = 0): readonly EvidenceRef[] {
  if (typeof value !== 'object' || value === null || depth > depthMax) return [];
  const ref = outputRef.safeParse(value);
  return ref.success ? [ref.data] : Object.values(value).flatMap((part) => outputsIn(part, depth + 1));
}
