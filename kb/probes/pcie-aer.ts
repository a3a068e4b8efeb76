import { z } from 'zod';
import type { Device } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbedNode, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requireTool } from './missing-tool.ts';
import { busId, gpuDevice } from './nvidia-smi.ts';
import { growth, keepBoth, type Earlier } from './second-read.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://docs.kernel.org/PCI/pcieaer-howto.html';
const dcgmRates =
  'https://github.com/NVIDIA/DCGM/blob/master/modules/health/DcgmHealthWatch.cpp (GetExpectedPcieReplayRate)';

const uncorrectable: FindingKind = {
  id: 'pcie.counter.uncorrectable',
  summary: 'the PCIe device of a GPU has counted uncorrectable errors since the system started',
  role: 'cause',
  weighs: { 'host-hardware-fault': 2.5, 'gpu-fell-off-bus': 2 },
  source,
};
const growing: FindingKind = {
  id: 'pcie.counter.corrected-growing',
  summary: 'corrected errors of a GPU’s PCIe link come faster than its specified error rate allows: a marginal link',
  role: 'cause',
  weighs: { 'host-hardware-fault': 2.5, 'gpu-fell-off-bus': 1 },
  source: dcgmRates,
};
const corrected: FindingKind = {
  id: 'pcie.counter.corrected',
  summary: 'the PCIe link of a GPU has counted corrected errors since the system started',
  role: 'context',
  weighs: { 'host-hardware-fault': 0.4, 'gpu-fell-off-bus': 0.3 },
  source,
};
const aboveSiblings: FindingKind = {
  id: 'pcie.counter.above-siblings',
  summary: 'the PCIe link of a GPU has counted many more corrected errors than those of its siblings',
  role: 'context',
  weighs: { 'host-hardware-fault': 1, 'gpu-fell-off-bus': 0.5 },
  source,
};
const notCounted: FindingKind = {
  id: 'pcie.counter.not-counted',
  summary: 'the kernel counts no PCIe errors of this device: firmware keeps them to itself, or the device is gone',
  role: 'context',
  weighs: {},
  source,
};
const quiet: FindingKind = {
  id: 'pcie.counter.quiet',
  summary: 'the PCIe link of the GPU has counted no uncorrectable error, and corrected ones do not grow',
  role: 'clean',
  weighs: { 'host-hardware-fault': -0.4, 'gpu-fell-off-bus': -0.5 },
  source,
};
const kinds = [uncorrectable, growing, corrected, aboveSiblings, notCounted, quiet];

const args = z.object({
  /** PCI address as the kernel writes it, domain of four digits. */
  bdf: z
    .string()
    .regex(/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/)
    .default('0000:07:00.0'),
});

const files = ['aer_dev_correctable', 'aer_dev_nonfatal', 'aer_dev_fatal'] as const;
type File = (typeof files)[number];

interface Counter {
  readonly line: number;
  readonly file: File;
  readonly name: string;
  readonly count: number;
}
interface Reading {
  /** None where the kernel counts nothing. */
  readonly rows: readonly Counter[];
  readonly earlier?: Earlier<Counter>;
}

/** The kernel's counters of PCIe errors of every GPU, one GPU at a time; two reads tell what grows now. */
export const pcieAer: Probe<z.infer<typeof args>, Reading> = {
  id: 'pcie.aer',
  platform: 'nvidia-linux',
  summary: 'PCIe errors of a GPU as the kernel counts them: corrected, non-fatal, fatal',
  question: 'Does the PCIe link of a GPU count errors, and do they grow?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 30,
  timeoutMs: 10_000,
  outputBytesMax: 8_192,
  args,
  devices: ({ gpus }) => gpus.map(({ pciBusId }) => ({ bdf: busId(pciBusId).slice(4) })),
  argv: ({ bdf }) => ['grep', '-H', '.', ...files.map((file) => `/sys/bus/pci/devices/${bdf}/${file}`)],
  parse(output) {
    requireTool(output, 'grep');
    const lines = numberedLines(output);
    // grep ends with 2 where a file is missing, and still prints the others.
    if (lines.length === 0 && output.exitCode === 2 && /No such file or directory/.test(output.stderr))
      return { rows: [] };
    const rows = lines.map(counterOf);
    if (output.exitCode === null || output.exitCode > 2)
      throw new ProbeParseError(`grep ended with ${output.exitCode ?? 'no exit code'}`);
    checkTotals(rows);
    return { rows };
  },
  outcomes: kinds,
  meaning(reading, node, read) {
    const device = deviceOf(read?.bdf, node);
    if (reading.rows.length === 0)
      return [{ kind: notCounted.id, ...device, text: 'the kernel has no counters of PCIe errors for this device' }];
    const seen = judge(reading).map((finding) => ({ ...finding, ...device }));
    return orClean(seen, kinds, {
      kind: quiet.id,
      ...device,
      text: `PCIe errors since start: ${total(reading.rows, 'aer_dev_correctable')} corrected, none that matter`,
    });
  },
  siblings: {
    numbers: ({ rows }) =>
      rows.length === 0
        ? []
        : [{ name: 'correctedErrors', value: total(rows, 'aer_dev_correctable'), unit: 'count', line: 1 }],
    rules: [{ name: 'correctedErrors', side: 'high', relative: 9, absolute: 100, source }],
    kind: aboveSiblings,
  },
  again: keepBoth(5_000),
  allow: [
    'grep -H \\. ' +
      files.map((file) => `/sys/bus/pci/devices/[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]/${file}`).join(' '),
  ],
};

// /sys/bus/pci/devices/0000:07:00.0/aer_dev_correctable:RxErr 0 — kernels before 4.20 print names of several words.
const counterPattern =
  /^\/sys\/bus\/pci\/devices\/[0-9a-f:.]{12,16}\/(aer_dev_correctable|aer_dev_nonfatal|aer_dev_fatal):([A-Za-z][\w /-]{1,40}?) (\d{1,20})$/;

function counterOf({ text, line }: { readonly text: string; readonly line: number }): Counter {
  const counter = counterPattern.exec(text);
  const file = files.find((one) => one === counter?.[1]);
  if (counter === null || file === undefined) throw new ProbeParseError(`line ${line}: not a counter of PCIe errors`);
  return { line, file, name: counter[2] ?? '', count: Number(counter[3]) };
}

/** Every file ends with its sum: without it the output was cut. */
function checkTotals(rows: readonly Counter[]): void {
  for (const file of files) {
    const ofFile = rows.filter((row) => row.file === file);
    if (ofFile.filter(isTotal).length !== 1) throw new ProbeParseError(`${file}: no sum of its counters`);
    if (new Set(ofFile.map(({ name }) => name)).size !== ofFile.length)
      throw new ProbeParseError(`${file}: a counter stands there twice`);
  }
}

function isTotal({ name }: Counter): boolean {
  return name.startsWith('TOTAL_ERR');
}

function total(rows: readonly Counter[], file: File): number {
  return rows.find((row) => row.file === file && isTotal(row))?.count ?? 0;
}

/** A request that a device does not support is answered so when a bus is searched; it stands in healthy systems. */
const harmless = 'UnsupReq';

/**
 * 16 a minute: DCGM's limit for retries on 16 lanes of generation 4, from the specified bit error rate of 1e-12. A
 * slower link is allowed less.
 */
const correctedPerMinuteMax = 16;
/** So that a single error between two close reads is not taken for a rate. */
const correctedGrowthMin = 3;

function judge({ rows, earlier }: Reading): readonly ProbeFinding[] {
  const bad = rows.filter(
    (row) => row.file !== 'aer_dev_correctable' && !isTotal(row) && row.name !== harmless && row.count > 0,
  );
  const sum = rows.find((row) => row.file === 'aer_dev_correctable' && isTotal(row));
  const before = earlier?.rows.find((row) => row.file === 'aer_dev_correctable' && isTotal(row));
  const grew = growth(before?.count, sum?.count) ?? 0;
  const minutes = (earlier?.elapsedMs ?? 0) / 60_000;
  const fast = minutes > 0 && grew >= correctedGrowthMin && grew > correctedPerMinuteMax * minutes;
  const count = sum?.count ?? 0;
  return [
    ...bad.map((row) => ({
      kind: uncorrectable.id,
      text: `${row.count} ${row.file === 'aer_dev_fatal' ? 'fatal' : 'non-fatal'} PCIe errors (${row.name}) since start`,
      line: row.line,
      values: { error: row.name, count: row.count },
    })),
    ...(count === 0
      ? []
      : [
          {
            kind: fast ? growing.id : corrected.id,
            text: `${count} corrected PCIe errors since start${earlier === undefined ? '' : `, ${grew} of them in ${earlier.elapsedMs / 1000} seconds`}`,
            line: sum?.line ?? 1,
            values: { corrected: count, ...(earlier === undefined ? {} : { grew }) },
          },
        ]),
  ];
}

function deviceOf(bdf: string | undefined, node: ProbedNode | undefined): { readonly device?: Device } {
  if (bdf === undefined) return {};
  const known = node?.gpus.find((gpu) => busId(gpu.pciBusId) === busId(bdf));
  return { device: known === undefined ? { kind: 'gpu', name: busId(bdf) } : gpuDevice(known) };
}
