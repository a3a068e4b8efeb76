import { z } from 'zod';
import { compileMatchers, type Matchers } from '../logs/matchers.ts';
import type { LogDetector } from '../schemas/detector.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { matchedLines, type TimedLine } from './matched-lines.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

const quiet: FindingKind = {
  id: 'kernel.log.quiet',
  summary: 'the kernel log of the node holds no line that a detector knows as a fault',
  role: 'clean',
  weighs: {
    'gpu-fell-off-bus': -2.5,
    'gpu-ecc-uncorrectable': -1.5,
    'host-oom': -1.5,
    'nvlink-fabric-error': -0.7,
    'gpu-driver-bug': -0.7,
    'host-hardware-fault': -0.4,
  },
  source: 'https://docs.nvidia.com/deploy/xid-errors/index.html',
};

const noArgs = z.object({});

interface Reading {
  readonly lines: readonly TimedLine[];
}

/** Warnings and errors of the kernel, read by the same detectors as shipped logs. */
export function kernelLog(detectors: readonly LogDetector[]): Probe<z.infer<typeof noArgs>, Reading> {
  const kinds = [...new Set([...detectors.flatMap((detector) => detector.kinds), quiet])];
  const harmless = new Set(kinds.filter(({ role }) => role === 'clean').map(({ id }) => id));
  // Once, and not before a node's log is there: the probe is asked of many nodes.
  let compiled: Matchers | null = null;
  return {
    id: 'kernel.log',
    platform: 'nvidia-linux',
    summary: 'warnings and errors in the kernel log of the node',
    question: 'What has the kernel of the node complained about?',
    aspect: 'correctness',
    side: 'supply',
    privilege: 'user',
    impact: 'passive',
    costMs: 150,
    timeoutMs: 15_000,
    outputBytesMax: 2 * 1024 * 1024,
    // `--since` came with util-linux 2.37, which not every node has.
    keeps: 'tail',
    quotes: true,
    args: noArgs,
    argv: () => ['dmesg', '--time-format', 'iso', '--level', 'emerg,alert,crit,err,warn'],
    parse: (output) => {
      requireTool(output, 'dmesg');
      if (output.exitCode !== 0)
        throw new ProbeParseError(
          `dmesg ended with ${output.exitCode ?? 'no exit code'}: "${output.stderr.trim().slice(0, 120)}"`,
        );
      return { lines: linesIn(numberedLines(output)) };
    },
    outcomes: kinds,
    meaning({ lines }) {
      const clean = { kind: quiet.id, text: `${lines.length} kernel warnings, none of a known fault` };
      const found = orClean(matchedLines(lines, (compiled ??= compileMatchers(detectors))), kinds, clean);
      // A line that is known to be harmless does not clear a node whose log holds a fault, too.
      return found.includes(clean) ? found : found.filter(({ kind }) => !harmless.has(kind));
    },
  };
}

// 2026-11-21T03:12:59,123456+00:00 NVRM: Xid (PCI:0000:c1:00): 79, pid=4242, GPU has fallen off the bus.
// Older releases print the zone as +0000. A message may be of blanks alone.
const stampPattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[,.](\d{3})\d*(?:([+-]\d\d):?(\d\d)|Z)(?: |$)/;

/**
 * A message of several lines carries its time on the first one alone. Whatever else the others look like, they are its
 * own; those at the beginning are the end of a message that is gone.
 */
function linesIn(lines: ReturnType<typeof numberedLines>): readonly TimedLine[] {
  const times = lines.map(({ text }) => timeOf(text));
  let latest = times.find((atMs) => atMs !== null) ?? null;
  if (lines.length === 0) return [];
  if (latest === null) throw new ProbeParseError('no line has a time of dmesg --time-format iso');
  const found: TimedLine[] = [];
  for (const [at, { text, line }] of lines.entries()) {
    latest = times[at] ?? latest;
    found.push({ line, atMs: latest, text });
  }
  return found;
}

function timeOf(text: string): number | null {
  const stamp = stampPattern.exec(text);
  if (stamp === null) return null;
  const [, seconds = '', milliseconds = '', hours, minutes] = stamp;
  const atMs = Date.parse(`${seconds}.${milliseconds}${hours === undefined ? 'Z' : `${hours}:${minutes ?? ''}`}`);
  return Number.isNaN(atMs) ? null : atMs;
}
