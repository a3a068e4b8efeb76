import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { seededRandom } from '../random.ts';

/** Logs as people hand them in: one file each, with what makes reading them expensive. */
export interface LogShape {
  readonly id: string;
  readonly what: string;
  /** Draws the next line, without its end. */
  readonly lines: (random: () => number) => () => string;
}

const whole = (random: () => number, below: number): number => Math.floor(random() * below);
const pick = <T>(random: () => number, of: readonly T[], otherwise: T): T => of[whole(random, of.length)] ?? otherwise;
const two = (value: number): string => String(value % 60).padStart(2, '0');

/** Forms of lines: Megatron-LM, NCCL, PyTorch and Python's logging as they print them. */
export const logShapes: readonly LogShape[] = [
  {
    id: 'steps',
    what: 'step lines of 512 ranks in one file',
    lines: (random) => {
      let at = 0;
      return () => {
        at += 1;
        const time = `2026-11-20 03:${two(Math.floor(at / 60_000))}:${two(Math.floor(at / 1_000))}`;
        return `${whole(random, 512)}: [${time}] iteration ${String(Math.floor(at / 512)).padStart(8)}/ 100000 | consumed samples: ${at} | elapsed time per iteration (ms): ${(8_000 + 50 * random()).toFixed(1)} | learning rate: 1.0E-04 | global batch size: 512 | lm loss: ${(2 + random()).toExponential(6)} | grad norm: ${random().toFixed(3)} | number of nan iterations: 0 |`;
      };
    },
  },
  {
    id: 'nccl',
    what: 'NCCL INFO of 256 ranks',
    lines: (random) => () => {
      const rank = whole(random, 256);
      return `node-${two(Math.floor(rank / 8))}:${1000 + rank}:${2000 + rank} [${rank % 8}] NCCL INFO Channel ${two(whole(random, 16))}/0 : ${rank}[${rank % 8}] -> ${(rank + 1) % 256}[${(rank + 1) % 8}] via NET/IB/${rank % 8}/GDRDMA`;
    },
  },
  {
    id: 'tracebacks',
    what: 'the same traceback from each of 512 ranks, again and again',
    lines: () => {
      let at = -1;
      return () => {
        at += 1;
        return `[rank${Math.floor(at / traceback.length) % 512}]: ${traceback[at % traceback.length] ?? ''}`;
      };
    },
  },
  {
    id: 'warnings',
    what: 'warnings with words of trouble in every line',
    lines: (random) => () =>
      `2026-11-20 03:${two(whole(random, 60))}:${two(whole(random, 60))},${100 + whole(random, 900)} WARNING [rank ${whole(random, 64)}] worker.py:${whole(random, 900)}: retry ${whole(random, 9)} after timeout error, connection reset, key=${whole(random, 2 ** 31).toString(16)}`,
  },
  {
    id: 'kernel',
    what: 'kernel logs of 64 nodes as a log server writes them, with much that is routine and some Xids',
    lines: (random) => {
      let at = 0;
      return () => {
        at += 1;
        const line = pick(random, kernelLines, '')
          .replace('#', String(whole(random, 1e6)))
          .replace('BUS', `0000:${pick(random, ['07', '0f', '47', '4e'], '07')}:00`);
        return `Nov 20 03:${two(Math.floor(at / 60_000))}:${two(Math.floor(at / 1_000))} node-${two(whole(random, 64))} kernel: [${(1e5 + at / 100).toFixed(6)}] ${line}`;
      };
    },
  },
  {
    id: 'envelopes',
    what: 'lines of 128 ranks in the JSON of a container runtime',
    lines: (random) => {
      let at = 0;
      return () => {
        at += 1;
        const time = `2026-11-20T03:${two(Math.floor(at / 60_000))}:${two(Math.floor(at / 1_000))}.${String(100 + whole(random, 900))}000000Z`;
        const rank = whole(random, 128);
        const text = pick(
          random,
          [
            `[rank${rank}] iteration ${Math.floor(at / 128)} loss ${(2 + random()).toFixed(4)}`,
            `[rank${rank}] INFO data loader refilled its queue, ${whole(random, 64)} batches ready`,
          ],
          '',
        );
        return JSON.stringify({ log: `${text}\n`, stream: random() < 0.5 ? 'stdout' : 'stderr', time });
      };
    },
  },
  {
    id: 'long-lines',
    what: 'lines of 100 to 40,000 characters',
    lines: (random) => () => {
      const words = Array.from(
        { length: pick(random, [5, 10, 800, 2_000], 10) },
        () => `${pick(random, settings, 'lr')}=${whole(random, 1e6)}`,
      );
      return `[2026-11-20 03:12:${two(whole(random, 60))}] [rank${whole(random, 64)}] args: ${words.join(' ')}`;
    },
  },
];

const kernelLines = [
  'usb 1-1: new high-speed USB device number # using xhci_hcd',
  'audit: type=1400 audit(1763607000.123:#): apparmor="STATUS" operation="profile_replace" profile="unconfined"',
  'docker0: port 3(veth#) entered blocking state',
  'nvidia-nvlink: Nvlink Core is being initialized, major device number #',
  'EDAC MC0: # CE memory read error on CPU_SrcID#0_MC#0_Chan#1_DIMM#0',
  'perf: interrupt took too long (# > 2500), lowering kernel.perf_event_max_sample_rate',
  'NVRM: Xid (PCI:BUS): 43, pid=#, name=python, Ch 00000008',
] as const;

const settings = ['lr', 'layer_norm', 'error_rate', 'timeout', 'hidden', 'ckpt/failed_dir'] as const;

const traceback = [
  'Traceback (most recent call last):',
  '  File "/opt/train/train.py", line 812, in <module>',
  '    pretrain(train_valid_test_datasets_provider,',
  '  File "/opt/venv/lib/python3.10/site-packages/torch/distributed/distributed_c10d.py", line 1436, in wrapper',
  '    return func(*args, **kwargs)',
  'torch.distributed.DistBackendError: NCCL error in: ../torch/csrc/distributed/c10d/NCCLUtils.hpp:219, remote process exited or there was a network error, NCCL version 2.18.1',
] as const;

/** Writes so many bytes of a shape; the same for the same seed. */
export async function writeShape(shape: LogShape, file: string, bytes: number, seed: number): Promise<void> {
  const next = shape.lines(seededRandom(seed));
  const out = createWriteStream(file, { mode: 0o600 });
  for (let written = 0; written < bytes;) {
    let block = '';
    while (block.length < blockChars && written + block.length < bytes) block += `${next()}\n`;
    written += block.length;
    if (!out.write(block)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

const blockChars = 64 * 1024;
