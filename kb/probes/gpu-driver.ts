import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { driverDefects } from './driver-defects.ts';
import { requireTool } from './missing-tool.ts';
import { driverMissing } from './modules-loaded.ts';
import { numberedLines } from './text-table.ts';
import { releaseNumber } from './version-numbers.ts';

const source = 'https://github.com/NVIDIA/open-gpu-kernel-modules/blob/main/utils.mk';

const knownDefect: FindingKind = {
  id: 'gpu.driver.known-defect',
  summary: 'the loaded driver is of a release with a defect that has stopped jobs elsewhere',
  role: 'context',
  weighs: { 'gpu-driver-bug': 0.7 },
  source: 'https://docs.nvidia.com/datacenter/tesla/index.html (release notes)',
};
const differs: FindingKind = {
  id: 'gpu.driver.differs-from-siblings',
  summary: 'the node runs another driver release than its siblings',
  role: 'symptom',
  weighs: { 'driver-version-mismatch': 1, 'gpu-driver-bug': 0.7 },
  source,
};
const loaded: FindingKind = {
  id: 'gpu.driver.loaded',
  summary: 'the NVIDIA kernel module is loaded and says its release',
  role: 'clean',
  weighs: { 'driver-version-mismatch': -0.2 },
  source,
};
const kinds = [driverMissing, knownDefect, differs, loaded];

const noArgs = z.object({});

interface Reading {
  /** `null`: the module is not loaded. */
  readonly release: string | null;
  readonly flavour: 'open' | 'proprietary' | null;
  /** Compiler of the module as it says, where it does. */
  readonly compiler: string | null;
}

// NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024
// NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  565.57.01  Release Build  (dvs-builder@U16-A24-9-2)  Thu …
const proprietaryPattern = /^NVRM version: NVIDIA UNIX \S+ Kernel Module +(\d{3,4}\.[\d.]{1,9}\d) /;
const openPattern = /^NVRM version: NVIDIA UNIX Open Kernel Module for \S+ +(\d{3,4}\.[\d.]{1,9}\d) /;

/** Release and flavour of the loaded driver, of the kernel itself and so without a library. */
export const gpuDriver: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'gpu.driver',
  platform: 'nvidia-linux',
  summary: 'release and flavour (open or proprietary) of the loaded NVIDIA kernel module',
  question: 'Which driver release does the kernel run, and is it one with known defects?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 20,
  timeoutMs: 10_000,
  outputBytesMax: 4_096,
  args: noArgs,
  argv: () => ['cat', '/proc/driver/nvidia/version'],
  parse(output) {
    requireTool(output, 'cat');
    if (output.exitCode === 1 && /\/proc\/driver\/nvidia\/version: No such file or directory/.test(output.stderr))
      return { release: null, flavour: null, compiler: null };
    const [head, ...rest] = numberedLines(output);
    const open = openPattern.exec(`${head?.text ?? ''} `);
    const release = open?.[1] ?? proprietaryPattern.exec(`${head?.text ?? ''} `)?.[1];
    if (output.exitCode !== 0 || release === undefined || releaseNumber(release) === null)
      throw new ProbeParseError(`not /proc/driver/nvidia/version (exit ${output.exitCode ?? 'unknown'})`);
    const compiler = rest.find(({ text }) => text.startsWith('GCC version:'));
    if (compiler === undefined) throw new ProbeParseError('no line of the compiler: the output was cut');
    return {
      release,
      flavour: open === null ? 'proprietary' : 'open',
      compiler: compiler.text.slice('GCC version:'.length).trim().slice(0, compilerCharsMax) || null,
    };
  },
  outcomes: kinds,
  meaning({ release, flavour }) {
    if (release === null || flavour === null)
      return [{ kind: driverMissing.id, text: 'there is no /proc/driver/nvidia/version' }];
    const values = { driver: release, flavour };
    return [
      ...driverDefects(release).map((defect) => ({
        kind: knownDefect.id,
        text: `driver ${release}: ${defect.text}`,
        line: 1,
        values: { ...values, source: defect.source },
      })),
      { kind: loaded.id, text: `driver ${release}, ${flavour} kernel module`, line: 1, values },
    ];
  },
  siblings: {
    numbers: ({ release }) => {
      const value = releaseNumber(release ?? '');
      return value === null ? [] : [{ name: 'driverRelease', value, unit: 'version', line: 1 }];
    },
    rules: [{ name: 'driverRelease', side: 'both', relative: 0, absolute: 0.5, source }],
    // A node whose module is not loaded says so itself.
    words: ({ release, flavour }) =>
      release === null || flavour === null
        ? []
        : [
            { name: 'driver', value: release, group: 'loaded', line: 1 },
            { name: 'flavour', value: flavour, group: 'loaded', line: 1 },
          ],
    kind: differs,
  },
};

const compilerCharsMax = 120;
