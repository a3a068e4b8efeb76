import type { ProbeAnswer, ProbeRunner } from '../../activities/ports.ts';

export interface Ran {
  readonly node: string;
  readonly command: string;
  readonly load: boolean;
}

interface Nodes {
  /** GFLOP/s of the n-th run on a GPU, from 1; a word: what the tool says instead. */
  readonly gflops: (node: string, gpu: number, run: number) => number | string;
  readonly gpus: number;
  /** Called as a measurement begins. */
  readonly onRun?: (ran: Ran, run: number) => void;
}

/** Nodes whose GPUs can be measured, with the output formats of the real tools; keeps what it was asked. */
export function measuringRunner({
  gflops,
  gpus,
  onRun,
}: Nodes): ProbeRunner & { readonly ran: readonly Ran[]; close(): void } {
  const ran: Ran[] = [];
  const runs = new Map<string, number>();
  const working = new Map<string, number>();
  return {
    ran,
    close() {},
    async run({ name: node }, argv, { load = false, signal }) {
      const command = argv.join(' ');
      ran.push({ node, command, load });
      signal?.throwIfAborted();
      const gemm = /^sudo -n wardround-measure gemm (\d+)$/.exec(command)?.[1];
      if (gemm === undefined) return smi(command, gpus, working.get(node));
      const gpu = Number(gemm);
      const run = (runs.get(`${node} ${gpu}`) ?? 0) + 1;
      runs.set(`${node} ${gpu}`, run);
      working.set(node, gpu);
      onRun?.({ node, command, load }, run);
      const looks = () => ran.filter((one) => one.node === node && one.command.includes('clocks.current.sm')).length;
      const before = looks();
      // A look at the clocks fits in between; who does not look is not waited for.
      for (let turn = 0; turn < turnsMax && looks() === before; turn += 1)
        await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      working.delete(node);
      signal?.throwIfAborted();
      return report(gpu, gflops(node, gpu, run));
    },
  };
}

const turnsMax = 50;

function report(gpu: number, gflops: number | string): ProbeAnswer {
  if (gflops === 'busy') return answer('', 75, `wardround-measure: busy: GPU ${gpu} is used by 1 process\n`);
  const said =
    typeof gflops === 'string'
      ? [gflops]
      : [gflops, gflops, gflops].map(
          (value) => `Worker 0:0[1004]: TensorEngineActive: generated ???, dcgm 0.000 (${value} gflops)`,
        );
  const lines = [
    `== measure gemm ${gpu} tool=dcgmproftester12 device=gpu${gpu}`,
    ...said,
    `== end exit=${typeof gflops === 'string' ? 1 : 0} seconds=12`,
  ];
  return answer(`${lines.join('\n')}\n`, 0, '');
}

function smi(command: string, gpus: number, working: number | undefined): ProbeAnswer {
  const rows = Array.from({ length: gpus }, (_, gpu) => {
    const identity = `${gpu}, GPU-00000001-0000-0000-0000-00000000000${gpu}, 00000000:0${gpu + 7}:00.0`;
    if (command.includes('vbios_version'))
      return `${identity}, 92.00.9E.00.01, G506.0212.00.01, 550.90.07, NVIDIA A800-SXM4-80GB`;
    if (command.includes('clocks.current.sm'))
      return working === gpu
        ? `${identity}, 1395, 1410, 0x0000000000000004, 100, 396.50, 400.00, 61`
        : `${identity}, 210, 1410, 0x0000000000000001, 0, 60.10, 400.00, 31`;
    return `${identity}, 0, 0, 0`;
  });
  return answer(`${rows.join('\n')}\n`, 0, '');
}

function answer(stdout: string, exitCode: number, stderr: string): ProbeAnswer {
  return { stdout, stderr, exitCode };
}
