import { a800 } from '../physics/a800.ts';
import { boardState } from '../physics/board-state.ts';
import { presenceOf } from '../physics/gpu-presence.ts';
import { activeAttempt } from '../physics/job.ts';
import { boardOf } from '../physics/measured/board.ts';
import { gemmTflops, localCopyGbs } from '../physics/measured/compute.ts';
import { readGpu } from '../physics/reading.ts';
import type { WorldGpu } from '../world.ts';
import type { CommandContext } from './command.ts';
import { healthIncidents } from './dcgm-health.ts';
import { out, wait, type Play } from './play.ts';

/** How long the levels take on eight GPUs, ms of cluster time (DCGM user guide: seconds, under 2 and under 30 minutes). */
const tookMs: Readonly<Record<string, number>> = { '1': 4_000, '2': 75_000, '3': 720_000 };

export const diagLevels: readonly string[] = Object.keys(tookMs);

interface Result {
  readonly gpu_id?: string;
  readonly status: 'Pass' | 'Fail' | 'Skip';
  readonly warnings?: readonly { readonly error_id: number; readonly warning: string }[];
  readonly info?: readonly string[];
}

/** `dcgmi diag -r LEVEL -j` of DCGM 3.3 (keys: `nvvs/include/NvvsCommon.h`, NVIDIA/DCGM issue 139). */
export function* diagPlay(context: CommandContext, level: string): Play {
  const nowMs = yield wait(tookMs[level] ?? 0);
  const later = { ...context, nowMs };
  const categories = [deployment(later), ...(level === '1' ? [] : loaded(later, level))];
  const { timeline, node } = later;
  const report = {
    'DCGM GPU Diagnostic': {
      'Driver Version Detected': boardState(timeline, node, 0, nowMs).driver,
      'GPU Device IDs': node.gpus.map(() => deviceId),
      'GPU Device Serials': Object.fromEntries(node.gpus.map((gpu) => [String(gpu.index), gpu.serial])),
      test_categories: categories,
      version: '3.3.7',
    },
  };
  yield out(`${JSON.stringify(report, null, '\t')}\n`);
  return categories.some(({ tests }) => tests.some((test) => test.results.some(({ status }) => status === 'Fail')))
    ? 226
    : 0;
}

/** PCI device id of the A800-SXM4-80GB. */
const deviceId = '20f3';

function deployment({ timeline, node, nowMs }: CommandContext) {
  const { settings } = timeline.segmentAt(nowMs);
  const gpus = node.gpus.filter((gpu) => presenceOf(settings, node, gpu.index, nowMs) === 'there');
  const unsaved = gpus.filter((gpu) => boardState(timeline, node, gpu.index, nowMs).persistence !== 'Enabled');
  const remap = gpus.flatMap((gpu) => {
    const { memory } = readGpu(timeline, node, gpu, nowMs);
    if (memory.remapFailed)
      return [
        warning(
          84,
          `GPU ${gpu.index} had uncorrectable memory errors and row remapping failed. Run a field diagnostic on the GPU.`,
        ),
      ];
    return memory.remapPending
      ? [
          warning(
            88,
            `GPU ${gpu.index} had memory errors and row remappings are pending. Drain the GPU and reset it or reboot the node.`,
          ),
        ]
      : [];
  });
  const whole = (name: string, warnings: readonly ReturnType<typeof warning>[] = []) => ({
    name,
    results: [verdict(warnings)],
  });
  return {
    category: 'Deployment',
    tests: [
      whole('Denylist'),
      whole('NVML Library'),
      whole('CUDA Main Library'),
      whole('Permissions and OS Blocks'),
      whole(
        'Persistence Mode',
        unsaved.map((gpu) =>
          warning(
            29,
            `Persistence mode for GPU ${gpu.index} is disabled. Enable persistence mode by running "nvidia-smi -i <gpuId> -pm 1 " as root.`,
          ),
        ),
      ),
      whole('Environment Variables'),
      whole('Page Retirement/Row Remap', remap),
      whole('Graphics Processes'),
      whole('Inforom'),
    ],
  };
}

// `dcgm_errors.h`; a board is stressed if it comes to so much of what it should reach.
const stressTflops = 230;
const copyGbsMin = 780;
const powerW = 300;

function loaded(context: CommandContext, level: string) {
  const { timeline, node, nowMs } = context;
  const { settings, phase } = timeline.segmentAt(nowMs);
  const busy = activeAttempt(phase)?.nodes.includes(node.index) === true;
  const bench = { timeline, node, atMs: nowMs };
  const health = healthIncidents(context);
  const perGpu = (name: string, problems: (gpu: WorldGpu) => readonly ReturnType<typeof warning>[]) => ({
    name,
    results: node.gpus
      .filter((gpu) => presenceOf(settings, node, gpu.index, nowMs) !== 'absent')
      .map((gpu): Result => {
        const gpuId = { gpu_id: String(gpu.index) };
        if (busy) return { ...gpuId, status: 'Skip', info: ['The GPU is in use by another process.'] };
        return { ...gpuId, ...verdict(problems(gpu)) };
      }),
  });
  const incidents = (gpu: WorldGpu, system: string) =>
    health
      .filter((one) => one.entity === 'GPU' && one.id === gpu.index && one.system === system)
      .map(({ message }) => warning(system === 'PCIe system' ? 21 : 95, message));
  const flops = (gpu: WorldGpu) => gemmTflops(bench, gpu, 0);
  const stress = (gpu: WorldGpu) =>
    flops(gpu) < stressTflops
      ? [
          warning(
            36,
            `Max stress level of ${(flops(gpu) * 1000).toFixed(1)} did not reach desired stress level of ${stressTflops * 1000}.0 for GPU ${gpu.index}`,
          ),
        ]
      : [];
  const power = (gpu: WorldGpu) => {
    const reachedW = 390 * (boardOf(bench, gpu).smMhz / a800.smMhzMax);
    return reachedW < powerW
      ? [
          warning(
            37,
            `Max power of ${reachedW.toFixed(1)} did not reach desired power minimum target_power of ${powerW.toFixed(1)} for GPU ${gpu.index} Verify that the clock speeds and GPU utilization are high.`,
          ),
        ]
      : [];
  };
  const copies = (gpu: WorldGpu) =>
    localCopyGbs(bench, gpu) < copyGbsMin
      ? [
          warning(
            34,
            `Memory bandwidth of ${localCopyGbs(bench, gpu).toFixed(1)} GB/s is below ${copyGbsMin} for GPU ${gpu.index}`,
          ),
        ]
      : [];
  const integration = {
    category: 'Integration',
    tests: [perGpu('PCIe', (gpu) => [...incidents(gpu, 'PCIe system'), ...incidents(gpu, 'NVLINK system')])],
  };
  const memory = perGpu('GPU Memory', (gpu) => incidents(gpu, 'Memory system'));
  if (level === '2') return [integration, { category: 'Hardware', tests: [memory] }];
  return [
    integration,
    { category: 'Hardware', tests: [memory, perGpu('Diagnostic', stress)] },
    {
      category: 'Stress',
      tests: [perGpu('Targeted Stress', stress), perGpu('Targeted Power', power), perGpu('Memory Bandwidth', copies)],
    },
  ];
}

function warning(id: number, text: string) {
  return { error_id: id, warning: text };
}

function verdict(warnings: readonly ReturnType<typeof warning>[]): Result {
  return warnings.length === 0 ? { status: 'Pass' } : { status: 'Fail', warnings };
}
