import { a800 } from '../../physics/a800.ts';
import { boardOf, type Bench } from '../../physics/measured/board.ts';
import { gemmTflops, hostToDeviceGbs, localCopyGbs } from '../../physics/measured/compute.ts';
import { peerCopyGbs } from '../../physics/measured/nvlink.ts';
import type { WorldGpu } from '../../world.ts';
import type { CommandContext } from '../command.ts';
import { complaint, out, wait, type Play } from '../play.ts';
import { gpuArgument, type Measurement, type Verb } from './measurement.ts';

/** `dcgmproftester12 --no-dcgm-validation -t 1004 -d 10` of DCGM 3.3: a line a second, then the device's attributes. */
export const gemm: Verb = ({ node }, args) => {
  const index = gpuArgument(args);
  if (index === null) return null;
  const gpu = node.gpus[index] ?? absent(index);
  return ofGpu(gpu, 'dcgmproftester12', '/usr/bin/dcgmproftester12', 1_350, function* play({ timeline, node, nowMs }) {
    yield out('Skipping CreateDcgmGroups() since DCGM validation is disabled\n');
    let atMs = yield wait(warmUpMs);
    const { problem } = boardOf({ timeline, node, atMs: nowMs }, gpu);
    if (problem !== null) {
      yield complaint(`Error: cuInit failed: ${problem.text}\n`);
      return 1;
    }
    for (let second = 0; second < gemmSeconds; second += 1) {
      atMs = yield wait(1_000);
      const gflops = gemmTflops({ timeline, node, atMs }, gpu, second) * 1_000;
      yield out(
        `Worker 0:0 [1004]: TensorEngineActive: generated ???, dcgm 0 (${gflops.toExponential(2).replace(/e\+(\d)$/, 'e+0$1')} gflops).\n`,
      );
    }
    yield out(attributes(gpu));
    return 0;
  });
};

const warmUpMs = 2_000;
const gemmSeconds = 10;

/** `nvbandwidth -t device_local_copy`. */
export const hbm: Verb = ({ node }, args) => {
  const index = gpuArgument(args);
  if (index === null) return null;
  const gpu = node.gpus[index] ?? absent(index);
  return bandwidth([gpu], gpu, 'device_local_copy', 'memcpy local GPU(column)', 3_000, (bench) => [
    [localCopyGbs(bench, gpu)],
  ]);
};

/** `nvbandwidth -t host_to_device_memcpy_ce`. */
export const pcie: Verb = ({ node }, args) => {
  const index = gpuArgument(args);
  if (index === null) return null;
  const gpu = node.gpus[index] ?? absent(index);
  return bandwidth([gpu], gpu, 'host_to_device_memcpy_ce', 'memcpy CE CPU(row) -> GPU(column)', 4_000, (bench) => [
    [hostToDeviceGbs(bench, gpu)],
  ]);
};

/** `nvbandwidth -t device_to_device_memcpy_read_ce`: every pair of GPUs. */
export const nvlink: Verb = ({ node }, args) => {
  if (args.length > 0) return null;
  const { gpus } = node;
  const rows = (bench: Bench) =>
    gpus.map((row) => gpus.map((column) => (row === column ? null : peerCopyGbs(bench, row, column))));
  return bandwidth(gpus, null, 'device_to_device_memcpy_read_ce', 'memcpy CE GPU(row) -> GPU(column)', 22_000, rows);
};

type Cell = number | null;

/** One test of nvbandwidth v0.7 (formats: NVIDIA/nvbandwidth issues 34 and 50). */
function bandwidth(
  gpus: readonly WorldGpu[],
  only: WorldGpu | null,
  test: string,
  title: string,
  tookMs: number,
  measured: (bench: Bench) => readonly (readonly Cell[])[],
): Measurement {
  const play = function* play({ timeline, node, nowMs }: CommandContext): Play {
    yield out(versions);
    const problem = gpus
      .map((gpu) => boardOf({ timeline, node, atMs: nowMs }, gpu).problem)
      .find((one) => one !== null);
    if (problem !== undefined) {
      yield out(`${problem.name}: ${problem.text}\n`);
      return 1;
    }
    const devices = gpus.map((gpu, at) => `Device ${at}: ${a800.model} (${gpu.busId.replace(/\.0$/, '')})\n`).join('');
    yield out(`${devices}\nRunning ${test}.\n`);
    const atMs = yield wait(tookMs);
    const rows = measured({ timeline, node, atMs });
    const sum = rows.flat().reduce<number>((total, cell) => total + (cell ?? 0), 0);
    yield out(`${title} bandwidth (GB/s)\n${matrix(rows)}\nSUM ${test} ${sum.toFixed(2)}\n\n${note}`);
    return 0;
  };
  return only === null
    ? {
        tool: 'nvbandwidth',
        path: bandwidthPath,
        device: 'gpus',
        secondsMax: 110,
        gpus,
        gpuMib: 1_462,
        holds: [],
        play,
      }
    : ofGpu(only, 'nvbandwidth', bandwidthPath, 1_462, play);
}

const bandwidthPath = '/usr/local/bin/nvbandwidth';
const versions =
  'nvbandwidth Version: v0.7\nBuilt from Git version: v0.7\n\n' +
  `CUDA Runtime Version: 12040\nCUDA Driver Version: 12040\nDriver Version: ${a800.driverVersion}\n\n`;
const note =
  'NOTE: The reported results may not reflect the full capabilities of the platform.\n' +
  'Performance can vary with software drivers, hardware clocks, and system topology.\n\n';

function matrix(rows: readonly (readonly Cell[])[]): string {
  const head = `  ${(rows[0] ?? []).map((_, at) => String(at).padStart(10)).join('')}\n`;
  const cell = (value: Cell) => (value === null ? 'N/A' : value.toFixed(2)).padStart(10);
  return head + rows.map((row, at) => `${String(at).padStart(2)}${row.map(cell).join('')}\n`).join('');
}

function ofGpu(gpu: WorldGpu, tool: string, path: string, gpuMib: number, play: Measurement['play']): Measurement {
  const { index } = gpu;
  return { tool, path, device: `gpu${index}`, secondsMax: 50, gpu: index, gpus: [gpu], gpuMib, holds: [], play };
}

/** Refused before anything is measured on it. */
function absent(index: number): WorldGpu {
  return { index, uuid: '', busId: '', serial: '', powerFactor: 1, warmerC: 0, pid: 0 };
}

function attributes(gpu: WorldGpu): string {
  return [
    `Worker 0:0[1004]: Message: Bus ID ${gpu.busId} mapped to cuda device ID 0`,
    'DCGM CudaContext Init completed successfully.',
    'CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR: 2048',
    `CUDA_VISIBLE_DEVICES: ${gpu.index}`,
    'CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: 108',
    'CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR: 167936',
    'CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: 8',
    'CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: 0',
    'CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH: 5120',
    `CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE: ${a800.memoryMhz}`,
    'Max Memory bandwidth: 2039040000000 bytes (2039.04 GiB)',
    'CU_DEVICE_ATTRIBUTE_ECC_SUPPORT: true',
    '',
    '',
  ].join('\n');
}
