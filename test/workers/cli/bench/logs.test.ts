import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectors } from '../../../../kb/detectors/index.ts';
import { sequenceDetectors } from '../../../../kb/detectors/sequences/index.ts';
import { compileMatchers } from '../../../../kb/logs/matchers.ts';
import { lineReducer, type ReducedEntry } from '../../../../kb/logs/reduce.ts';
import { scanBytes } from '../../../../kb/logs/scan.ts';
import { openSourceScan, scanLiterals } from '../../../../kb/logs/source-scan.ts';
import { bursts, burstKind, writeBurst } from '../../../../workers/cli/bench/logs/burst.ts';
import { checkPlanted } from '../../../../workers/cli/bench/logs/check-planted.ts';
import { generateLogs } from '../../../../workers/cli/bench/logs/generate-logs.ts';
import { renderLogsBench } from '../../../../workers/cli/bench/logs/logs-table.ts';
import { measureProcess } from '../../../../workers/cli/bench/logs/measure-process.ts';
import { plantedLines } from '../../../../workers/cli/bench/logs/planted.ts';
import type { LogsBench } from '../../../../workers/cli/bench/logs/run-logs.ts';
import { statement, zipfChoice } from '../../../../workers/cli/bench/logs/statement.ts';
import { seededRandom } from '../../../../workers/cli/bench/random.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'wardround-logs-bench-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const bytes = 4_000_000;

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted();
}

function digestOf(folder: string): string {
  const hash = createHash('sha256');
  for (const file of filesBelow(folder)) hash.update(path.relative(folder, file)).update(readFileSync(file));
  return hash.digest('hex');
}

describe('the logs that the bench generates', () => {
  it('are the same bytes for the same seed, and others for another', () => {
    const written = ['a', 'b', 'c'].map((name, at) => {
      const folder = path.join(dir, name);
      const made = generateLogs(folder, { bytes, seed: at === 2 ? 8 : 7 });
      expect(Math.abs(made.bytes - bytes) / bytes).toBeLessThan(0.3);
      return digestOf(folder);
    });
    expect(written[0]).toBe(written[1]);
    expect(written[0]).not.toBe(written[2]);
  });

  it('name the true place of every planted fault', () => {
    const { planted } = generateLogs(dir, { bytes, seed: 7 });
    expect(new Set(planted.map(({ fault }) => fault))).toEqual(new Set(Object.keys(plantedLines)));
    for (const { fault, path: file, line, byteStart, byteEnd } of planted) {
      const content = readFileSync(path.join(dir, file));
      const text = content.subarray(byteStart, byteEnd).toString();
      expect(text).toContain(plantedLines[fault].lines.at(-1)?.slice(0, 40));
      expect(content.toString().split('\n')[line - 1]).toBe(text);
    }
  });

  it('leave no field of a print statement unfilled, and read as routine but for what was planted', () => {
    const { planted } = generateLogs(dir, { bytes, seed: 7 });
    const kinds = new Set(planted.map(({ kind }) => kind));
    for (const file of filesBelow(dir)) {
      const content = readFileSync(file);
      expect(content.toString().match(/\{[a-z]\w{0,8}\}/)).toBeNull();
      const findings = scanBytes([{ source: file, evidenceId: 'ev', bytes: content }], detectors, []);
      const causes = findings.filter(({ role }) => role === 'cause').map(({ kind }) => kind);
      expect(causes.filter((kind) => !kinds.has(kind))).toEqual([]);
    }
  });
});

describe('the check of planted faults', () => {
  async function outcomes(keep: (entry: ReducedEntry) => boolean) {
    const folder = path.join(dir, 'logs');
    const { planted } = generateLogs(folder, { bytes, seed: 7 });
    const matchers = compileMatchers(detectors, scanLiterals);
    const lines: string[] = [];
    const findings = filesBelow(folder).flatMap((source) => {
      const reducer = lineReducer(matchers.roleOf, (entry) => {
        if (keep(entry)) lines.push(JSON.stringify({ source, ...entry }));
      });
      const scan = openSourceScan({ source, evidenceId: 'ev' }, matchers, sequenceDetectors, reducer);
      scan.feed(readFileSync(source));
      return scan.end().findings;
    });
    const [scanFile, reducedFile] = [path.join(dir, 'scan.json'), path.join(dir, 'reduced.jsonl')];
    writeFileSync(scanFile, JSON.stringify({ findings }));
    writeFileSync(reducedFile, lines.join('\n'));
    return checkPlanted(planted, scanFile, reducedFile);
  }

  it('finds each of them found and kept', async () => {
    const told = await outcomes(() => true);
    expect(told.length).toBeGreaterThan(25);
    expect(told.filter(({ found, kept }) => !found || !kept)).toEqual([]);
  });

  it('says which ones a reduction has lost', async () => {
    const told = await outcomes((entry) => entry.kind === 'line' && entry.kinds?.includes('nvidia.xid.79') !== true);
    const lost = told.filter(({ kept }) => !kept).map(({ fault }) => fault);
    expect(new Set(lost)).toEqual(new Set(['xid-79']));
  });
});

it('a burst becomes one finding for each device, with the count of its lines', () => {
  for (const burst of bursts) {
    const file = path.join(dir, 'burst.log');
    writeBurst(file, { ...burst, lines: 8_000 });
    const source = { source: file, evidenceId: 'ev', referenceMs: Date.UTC(2026, 10, 22), bytes: readFileSync(file) };
    const found = scanBytes([source], detectors).filter(({ kind }) => kind === burstKind);
    expect(found.map(({ count }) => count)).toEqual(Array.from({ length: burst.devices }, () => 8_000 / burst.devices));
  }
});

it('a statement fills in its fields and keeps all else as it is written', () => {
  const one = statement(
    "GET {key} {'a': 1} {unknown} {n}",
    new Map([
      ['key', () => 'x/y'],
      ['n', () => '7'],
    ]),
  );
  expect(one(() => 0)).toBe("GET x/y {'a': 1} {unknown} 7");
});

it('the first of several statements comes most often, and the last one comes at all', () => {
  const choose = zipfChoice(['first', 'second', 'third']);
  const random = seededRandom(1);
  const drawn = Array.from({ length: 6_000 }, () => choose(random));
  const share = (name: string): number => drawn.filter((one) => one === name).length / drawn.length;
  expect(share('first')).toBeCloseTo(6 / 11, 1);
  expect(share('third')).toBeCloseTo(2 / 11, 1);
});

describe('a measured process', () => {
  it('tells its time, its end and, on Linux, its memory', async () => {
    const script = 'const held = Buffer.alloc(150e6, 1); const end = Date.now() + 300; while (Date.now() < end);';
    const measure = await measureProcess(process.execPath, ['-e', `${script} process.exitCode = held[0] + 2;`], {
      env: {},
    });
    expect(measure?.exitCode).toBe(3);
    expect(measure?.seconds).toBeGreaterThan(0.3);
    if (process.platform !== 'linux') return;
    expect(measure?.peakMiB).toBeGreaterThan(150);
    expect(measure?.cpuSeconds).toBeGreaterThan(0.1);
  });

  it('is null where there is no such program', async () => {
    expect(await measureProcess('no-such-program-here', [], { env: {} })).toBeNull();
  });
});

it('the table names what is missing with how to install it, and what was lost', async () => {
  const rate = {
    cores: 'all',
    bytes: 1e9,
    mbPerS: 80,
    seconds: 12.5,
    cpuSeconds: 20,
    peakMiB: 280,
    exitCode: 0,
  } as const;
  const lost = {
    fault: 'nan',
    kind: 'loss.not-finite',
    path: 'a.log',
    line: 3,
    blockStart: 1,
    byteStart: 1,
    byteEnd: 9,
  } as const;
  const report: LogsBench = {
    seed: 7,
    input: { generated: true, files: 48, bytes: 1e9 },
    reduce: [rate],
    quarter: null,
    planted: [{ ...lost, found: true, kept: false }],
    bursts: [],
    ripgrep: null,
    drain3: null,
    ratios: { 'drain3-default': 20.04 },
    cpuRatios: { 'drain3-default': 15.5 },
    machine: { system: 'Linux', cpu: 'x', cores: 2, memoryGiB: 24, versions: {} },
  };
  const text = await renderLogsBench({ colour: false }, report);
  expect(text).toContain('20.0 times drain3-default, 15.5 by processor time');
  expect(text).toContain('nan in a.log:3 was not kept');
  expect(text).toContain('pip install drain3==0.9.11');
  expect(text).toContain('ripgrep is not installed');
});
