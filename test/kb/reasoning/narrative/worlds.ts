import { diagnoseWorld, gpuGauge, kernelLog, power, rankLog, steps, type Told, type World } from '../incident-world.ts';
import { busId } from '../slow-job.ts';

const pci = (gpu: number): string => busId(gpu).slice(4, 14).toLowerCase();
const slowFrom = -15 * 60;

const slow: World = {
  sources: [],
  metrics: [
    steps(90, (at) => (at < slowFrom ? 4.1 : 11.8)),
    ...power(),
    gpuGauge('DCGM_FI_DEV_SM_CLOCK', 'node-03', 5, (at) => (at < slowFrom ? 1395 : 210)),
    ...[0, 1, 2, 3, 4, 6, 7].map((gpu) => gpuGauge('DCGM_FI_DEV_SM_CLOCK', 'node-03', gpu, () => 1395)),
  ],
  answers: [
    {
      probeId: 'gpu.clocks',
      node: 'node-03',
      says: [
        {
          kind: 'gpu.clock.locked-low',
          device: { kind: 'gpu', index: 5, name: busId(5).toLowerCase() },
          values: { mhz: 210, medianMhz: 1395 },
        },
      ],
    },
  ],
};

const stale: World = {
  sources: [
    rankLog(0, [
      [-60, 'iteration 12030/250000 | elapsed time per iteration (ms): 4247.9 | lm loss: 2.345678E+00 |'],
      [30, 'iteration 12050/250000 | elapsed time per iteration (ms): 4247.9 | lm loss: 2.335678E+00 |'],
    ]),
    kernelLog('node-03', [[-6 * 86_400, `NVRM: Xid (PCI:${pci(5)}): 79, pid=4242, GPU has fallen off the bus.`]]),
  ],
  metrics: [steps(), ...power(), gpuGauge('DCGM_FI_DEV_XID_ERRORS', 'node-03', 5, () => 79)],
  answers: [],
};

/** A job that hangs where every probe is clean. */
const hanging: World = {
  sources: [
    rankLog(21, [
      [
        -100,
        '[rank21]:[E1121 ProcessGroupNCCL.cpp:616] [Rank 21] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=4821, OpType=ALLREDUCE, NumelIn=1, NumelOut=1, Timeout(ms)=600000) ran for 600029 milliseconds before timing out.',
      ],
    ]),
  ],
  metrics: [steps(-700), ...power(-700)],
  answers: [],
};

const double: World = {
  sources: [
    kernelLog('node-03', [[-100, `NVRM: Xid (PCI:${pci(5)}): 79, pid=4242, GPU has fallen off the bus.`]]),
    kernelLog('node-02', [
      [-400, 'EXT4-fs warning (device nvme0n1p2): ext4_da_write_begin: no space left'],
      [
        -130,
        'Out of memory: Killed process 4711 (python) total-vm:912345678kB, anon-rss:456789012kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1234kB oom_score_adj:0',
      ],
    ]),
  ],
  metrics: [steps(-100), ...power(-100)],
  killed: ['node-02'],
  answers: [
    {
      probeId: 'gpu.presence',
      node: 'node-03',
      says: [{ kind: 'gpu.presence.missing', device: { kind: 'gpu', index: 5, name: busId(5).toLowerCase() } }],
    },
  ],
};

export const worlds = { slow, stale, hanging, double } as const;

export function told(world: World): Told {
  return diagnoseWorld(world);
}
