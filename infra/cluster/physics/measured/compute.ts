import type { WorldGpu } from '../../world.ts';
import { a800 } from '../a800.ts';
import { boardOf, ofBoard, runToRun, type Bench } from './board.ts';

// Dense half-precision GEMM of a sound board at full clock. Peak: 312 (A100 data sheet). NVIDIA's own sample of
// dcgmproftester on an A100 says 250 to 254 (docs.nvidia.com/datacenter/dcgm/3.1/user-guide/feature-overview.html);
// large cuBLAS GEMMs reach nine tenths of the peak. Assumed between them, nearer to cuBLAS.
const healthyTflops = 285;

/** What `dcgmproftester -t 1004` makes of a GPU, in TFLOPS: it follows the clock. */
export function gemmTflops(bench: Bench, gpu: WorldGpu, second: number): number {
  const { smMhz, slowdown } = boardOf(bench, gpu);
  // Boards that draw more for the same work hold their clock a little worse.
  const silicon = (1 - 0.6 * (gpu.powerFactor - 1)) * ofBoard(bench, gpu, 0.007, 'gemm');
  const clock = (smMhz / a800.smMhzMax) * warming(second);
  return (healthyTflops * silicon * clock * runToRun(bench, 0.004, 'gemm', gpu.index)) / slowdown;
}

/** In its first second the clock comes up from idle; while the board becomes warm it leaks more and boosts less. Assumed. */
function warming(second: number): number {
  return (second === 0 ? 0.98 : 1) * (1 + 0.012 * Math.exp(-second / 5));
}

// The peak of 2,039 GB/s (A100 80GB data sheet) is for reads and writes together. nvbandwidth prints what is copied,
// half of what the memory moves: 1,519 on an H100 with 3,350 (Hugging Face, "The Smol Training Playbook"). The same
// share of the A800's peak would be 925; 870 is 1.74 TB/s both ways.
const healthyCopyGbs = 870;
// Below about this clock the copy kernel does not keep enough requests in flight. Assumed.
const copyFreeMhz = 1_000;

/** What `nvbandwidth -t device_local_copy` prints of a GPU, in GB/s copied. */
export function localCopyGbs(bench: Bench, gpu: WorldGpu): number {
  const { smMhz } = boardOf(bench, gpu);
  return (
    healthyCopyGbs *
    Math.min(1, smMhz / copyFreeMhz) *
    ofBoard(bench, gpu, 0.008, 'hbm') *
    runToRun(bench, 0.006, 'hbm', gpu.index)
  );
}

/** GB/s of a link as `nvbandwidth -t host_to_device_memcpy_ce` prints it. */
export function hostToDeviceGbs(bench: Bench, gpu: WorldGpu): number {
  return (
    pcieGbs(a800.pcieGeneration, a800.pcieWidth) *
    boardOf(bench, gpu).pcieShare *
    ofBoard(bench, gpu, 0.012, 'pcie') *
    runToRun(bench, 0.006, 'pcie', gpu.index)
  );
}

/**
 * A100 on gen 4 x16: 25.13 GB/s (NVIDIA/nvbandwidth issue 42) of 31.5 on the wire; what packets cost is the same share
 * at every width, and every generation halves it.
 */
function pcieGbs(generation: number, width: number): number {
  return 24.8 * 2 ** (generation - 4) * (width / 16);
}
