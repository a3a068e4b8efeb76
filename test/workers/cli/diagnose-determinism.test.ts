import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldReports, logScans } from '../../../activities/scan-engine.ts';
import { localEvidenceId } from '../../../kb/logs/fingerprint.ts';
import { noteFindings } from '../../../kb/logs/notes.ts';
import { diagnoseFindings } from '../../../kb/reasoning/index.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';
import { diagnosePath } from '../../../workers/cli/diagnose.ts';
import { openRecaller, type Recaller } from '../../../workers/cli/diagnose-recall.ts';
import { diagnosisReport } from '../../../workers/cli/diagnose-report.ts';
import { recordingTerminal } from '../support/recording-terminal.ts';

const incidents = path.join(import.meta.dirname, '..', '..', 'incidents');
// The other set is only looked at by its bench.
const folders = [
  ...readdirSync(path.join(incidents, 'tuning')).map((name) => path.join(incidents, 'tuning', name)),
  ...readdirSync(incidents)
    .filter((name) => /^incident-0\d\d$/.test(name))
    .map((name) => path.join(incidents, name)),
];

const scans = logScans();
const asTheyAre = (files: readonly string[]) => files;
const backwards = (files: readonly string[]) => files.toReversed();

interface Read {
  readonly logged: readonly Finding[];
  readonly noted: readonly Finding[];
}

/** The logs of a folder, read in pieces of this size and in this order. */
function read(folder: string, chunkBytes: number, order: (files: readonly string[]) => readonly string[]): Read {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.txt') || name.endsWith('.log'))
    .map((name) => path.join(folder, name))
    .toSorted();
  const fold = foldReports();
  const notes: Finding[] = [];
  for (const file of order(files)) {
    const source = { source: file, evidenceId: localEvidenceId(file), honoursNotes: true as const, referenceMs: 0 };
    const scan = scans.open(source);
    const bytes = readFileSync(file);
    for (let at = 0; at < bytes.length; at += chunkBytes) scan.feed(bytes.subarray(at, at + chunkBytes));
    const report = scan.end();
    fold.add(report);
    notes.push(...report.notes.flatMap((note) => noteFindings([{ ...note, evidenceId: `note_${note.line}` }])));
  }
  return { logged: fold.findings(), noted: notes };
}

function diagnosed(...asked: Parameters<typeof read>): string {
  const { logged, noted } = read(...asked);
  const { verdict, hypotheses, nextProbes, graph } = diagnoseFindings({ findings: [...logged, ...noted] });
  const concluded = { logged, noted, measured: [], similar: [], verdict, hypotheses, nextProbes, graph };
  return JSON.stringify(diagnosisReport(asked[0], concluded, 0, true));
}

function findingsOf(folder: string): readonly Finding[] {
  const { logged, noted } = read(folder, 1 << 20, asTheyAre);
  return [...logged, ...noted];
}

describe('the same logs', () => {
  it('have cases to show it on', () => {
    expect(folders.length).toBeGreaterThan(60);
  });

  it.each(folders.map((folder) => path.relative(incidents, folder)))(
    '%s: the same report, graph included, byte for byte, in whatever pieces and order they are read',
    (name) => {
      const folder = path.join(incidents, name);
      const whole = diagnosed(folder, 1 << 20, asTheyAre);
      for (const chunkBytes of [61, 4096]) expect(diagnosed(folder, chunkBytes, asTheyAre)).toBe(whole);
      expect(diagnosed(folder, 1 << 20, backwards)).toBe(whole);
    },
  );
});

describe('the order in which findings come', () => {
  it('changes neither verdict nor probabilities nor the graph of any case', () => {
    const changed = folders.filter((folder) => {
      const findings = findingsOf(folder);
      return (
        JSON.stringify(diagnoseFindings({ findings })) !==
        JSON.stringify(diagnoseFindings({ findings: findings.toReversed() }))
      );
    });
    expect(changed).toEqual([]);
  });
});

describe('the command', () => {
  let recaller: Recaller;
  beforeAll(async () => {
    recaller = await openRecaller();
  });
  afterAll(() => recaller.close());

  // Each opens its own scan: every fourth of those above.
  it('prints the same JSON again, recall included', async () => {
    const run = async (folder: string): Promise<string> => {
      const { terminal } = recordingTerminal();
      return JSON.stringify(await diagnosePath(folder, { terminal, nowMs: () => 0, recaller }, { graph: 'text' }));
    };
    const changed: string[] = [];
    for (const folder of folders.filter((_, at) => at % 4 === 0))
      if ((await run(folder)) !== (await run(folder))) changed.push(folder);
    expect(changed).toEqual([]);
  });
});
