import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requireTool } from './missing-tool.ts';
import { driverMissing, uvmMissing } from './modules-loaded.ts';
import { numberedLines } from './text-table.ts';
import { releaseNumber } from './version-numbers.ts';

const source = 'https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/index.html';

const differ: FindingKind = {
  id: 'gpu.modules.releases-differ',
  summary: 'the loaded NVIDIA kernel modules are of different releases',
  role: 'cause',
  weighs: { 'driver-version-mismatch': 4 },
  source,
};
const noPeermem: FindingKind = {
  id: 'gpu.modules.no-peermem',
  summary: 'the module nvidia_peermem is not loaded; nodes without RDMA, or with DMA-BUF, do without it',
  role: 'context',
  weighs: { 'gdr-peermem-missing': 1 },
  source: 'https://docs.nvidia.com/cuda/gpudirect-rdma/#installing-gpudirect-rdma',
};
const differsFromSiblings: FindingKind = {
  id: 'gpu.modules.differs-from-siblings',
  summary: 'the node has loaded another release of the NVIDIA module than its siblings',
  role: 'symptom',
  weighs: { 'driver-version-mismatch': 1, 'gpu-driver-bug': 0.7 },
  source,
};
const alike: FindingKind = {
  id: 'gpu.modules.alike',
  summary: 'all loaded NVIDIA modules are of one release',
  role: 'clean',
  weighs: { 'driver-version-mismatch': -0.7 },
  source,
};
const kinds = [differ, noPeermem, differsFromSiblings, driverMissing, uvmMissing, alike];

const noArgs = z.object({});

const modules = ['nvidia', 'nvidia_uvm', 'nvidia_peermem'] as const;
type Module = (typeof modules)[number];

interface Reading {
  /** Release by module; one that is not loaded is absent. */
  readonly releases: readonly { readonly line: number; readonly module: Module; readonly release: string }[];
}

/** Releases of the NVIDIA modules as they are loaded, which need not be those on the disk. */
export const gpuModuleVersions: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'gpu.module-versions',
  platform: 'nvidia-linux',
  summary: 'releases of the loaded NVIDIA kernel modules',
  question: 'Are the NVIDIA kernel modules loaded, all of the same release?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 20,
  timeoutMs: 10_000,
  outputBytesMax: 4_096,
  args: noArgs,
  argv: () => ['grep', '-H', '.', ...modules.map(path)],
  parse(output) {
    requireTool(output, 'grep');
    const releases = numberedLines(output).map(releaseOf);
    const absent = modules.filter((module) => !releases.some((one) => one.module === module));
    // grep says of each file whether it printed it or could not: what it says neither of was cut.
    const unsaid = absent.filter((module) => !output.stderr.includes(`${path(module)}: No such file`));
    if (unsaid.length > 0 || output.exitCode !== (absent.length === 0 ? 0 : 2))
      throw new ProbeParseError(`grep ended with ${output.exitCode ?? 'no exit code'} and left out modules`);
    if (new Set(releases.map(({ module }) => module)).size !== releases.length)
      throw new ProbeParseError('a module stands there twice');
    return { releases };
  },
  outcomes: kinds,
  meaning({ releases }) {
    const of = (module: Module) => releases.find((one) => one.module === module);
    const driver = of('nvidia');
    const seen: ProbeFinding[] = [];
    if (driver === undefined) seen.push({ kind: driverMissing.id, text: 'module nvidia is not loaded' });
    else if (of('nvidia_uvm') === undefined)
      seen.push({ kind: uvmMissing.id, text: 'module nvidia_uvm is not loaded' });
    if (driver !== undefined && of('nvidia_peermem') === undefined)
      seen.push({ kind: noPeermem.id, text: 'module nvidia_peermem is not loaded' });
    for (const other of releases)
      if (driver !== undefined && other.release !== driver.release)
        seen.push({
          kind: differ.id,
          text: `${other.module} is of release ${other.release}, nvidia of ${driver.release}`,
          line: other.line,
          values: { module: other.module, release: other.release, driver: driver.release },
        });
    return orClean(seen, kinds, {
      kind: alike.id,
      text: `${releases.length} NVIDIA modules of release ${driver?.release ?? 'unknown'}`,
      values: { driver: driver?.release ?? 'unknown' },
    });
  },
  siblings: {
    numbers: ({ releases }) =>
      releases.flatMap(({ module, release, line }) => {
        const value = releaseNumber(release);
        return module !== 'nvidia' || value === null ? [] : [{ name: 'moduleRelease', value, unit: 'version', line }];
      }),
    rules: [{ name: 'moduleRelease', side: 'both', relative: 0, absolute: 0.5, source }],
    kind: differsFromSiblings,
  },
};

function path(module: Module): string {
  return `/sys/module/${module}/version`;
}

function releaseOf({ text, line }: { readonly text: string; readonly line: number }): Reading['releases'][number] {
  const found = /^\/sys\/module\/(nvidia|nvidia_uvm|nvidia_peermem)\/version:(\d{3,4}\.[\d.]{1,9})$/.exec(text);
  const module = modules.find((one) => one === found?.[1]);
  const release = found?.[2];
  if (module === undefined || release === undefined || releaseNumber(release) === null)
    throw new ProbeParseError(`line ${line}: not the version of an NVIDIA module`);
  return { line, module, release };
}
