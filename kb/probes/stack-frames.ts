import type { NumberedLine } from './text-table.ts';

/*
 * Python stacks as `py-spy dump` and `py-spy record --format raw` print them, and what a rank does by them. Formats of
 * py-spy 0.2 to 0.4: https://github.com/benfred/py-spy/blob/master/src/dump.rs
 */

/** What a rank is busy with. In the first two it waits for others or for its GPU. */
export type Doing =
  | 'collective'
  | 'gpu-wait'
  | 'input'
  | 'storage'
  | 'compile'
  | 'gc'
  | 'lock'
  | 'library-wait'
  | 'compute'
  | 'other';

export interface Frame {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

export interface Thread {
  readonly name: string | null;
  readonly active: boolean;
  /** Innermost first. */
  readonly frames: readonly (Frame & { readonly at: number })[];
  readonly at: number;
}

const threadsMax = 512;
const framesMax = 256;

/** Threads of one dump; lines that are neither (locals, the head) are passed over. */
export function threadsOf(lines: readonly NumberedLine[]): readonly Thread[] {
  const threads: { name: string | null; active: boolean; frames: (Frame & { at: number })[]; at: number }[] = [];
  for (const { text, line } of lines) {
    const head = /^Thread (?:0x[0-9A-Fa-f]+|\d+)? ?\((active|idle)(?:\+gil)?\)(?:: "(.*)"?)?$/.exec(text);
    if (head !== null && threads.length < threadsMax) {
      threads.push({ name: head[2]?.replace(/"$/, '') ?? null, active: head[1] === 'active', frames: [], at: line });
      continue;
    }
    // Locals stand deeper than frames, and no frame begins with a capital word and a colon.
    const frame = /^(?: {4}|\t ?)(\S.*) \((.+?)(?::(\d+))?\)$/.exec(text);
    const frames = threads.at(-1)?.frames;
    if (frame === null || frames === undefined || frames.length >= framesMax) continue;
    frames.push({ function: frame[1] ?? '', file: frame[2] ?? '', line: Number(frame[3] ?? 0), at: line });
  }
  return threads;
}

/** `outer (a.py:1);inner (b.py:2) 99`; innermost first in the answer, `null` when it is no such line. */
export function foldedFrames(text: string): { readonly frames: readonly Frame[]; readonly samples: number } | null {
  const match = /^(.*\S) (\d{1,9})$/.exec(text);
  if (match === null) return null;
  const frames = (match[1] ?? '')
    .split(';')
    .slice(-framesMax)
    .map((part): Frame => {
      const frame = /^(.*?) \((.+?)(?::(\d+))?\)$/.exec(part);
      return { function: frame?.[1] ?? part, file: frame?.[2] ?? '', line: Number(frame?.[3] ?? 0) };
    });
  return { frames: frames.toReversed(), samples: Number(match[2]) };
}

interface FrameRule {
  readonly doing: Doing;
  readonly file: RegExp;
  readonly function?: RegExp;
}

/** First the strong ones, the weak ones only where none of those stands anywhere in the stack. */
const strong: readonly FrameRule[] = [
  // https://github.com/stas00/ml-engineering/blob/master/debug/torch-distributed-hanging-solutions.md
  {
    doing: 'collective',
    file: /torch\/distributed\/(distributed_c10d|_functional_collectives|nn\/functional)|deepspeed\/comm\/|horovod\/.*mpi_ops|megatron\/core\/pipeline_parallel\/p2p_communication|libnccl\.so/,
    function: /^(?:.*\.)?(?!get_|is_|init_|new_|destroy_|_get_|__)[\w]+$/,
  },
  {
    doing: 'collective',
    file: /./,
    function: /^(?:.*\.)?nccl(AllReduce|AllGather|Broadcast|ReduceScatter|Send|Recv|GroupEnd)$/,
  },
  {
    doing: 'input',
    file: /torch\/utils\/data\/(dataloader|_utils\/(fetch|worker|pin_memory))|torchdata\/|webdataset\/|streaming\/base\/|nvidia\/dali\/|tensorflow_datasets|datasets\/(arrow|iterable)_dataset/,
  },
  { doing: 'input', file: /megatron\/(core\/)?(datasets|data)\/|megatron\/training\/datasets/ },
  // Files of the same name recompute activations and write nothing.
  {
    doing: 'storage',
    file: /^(?!.*(torch\/utils\/checkpoint|activation_checkpointing)).*(torch\/(serialization\.py|distributed\/checkpoint\/)|safetensors\/|checkpoint(ing|_io|_engine)?\.py|(checkpoint_engine|dist_checkpointing)\/)/,
  },
  { doing: 'storage', file: /(^|\/)(shutil|zipfile|tarfile)\.py|fsspec\/|s3fs\/|boto3\/|botocore\/|h5py\// },
  {
    doing: 'compile',
    file: /torch\/(_inductor\/(compile_fx|graph|scheduler|codegen|async_compile|lowering|ir|fx_passes|pattern_matcher)|_dynamo\/(convert_frame|symbolic_convert|output_graph|variables)|utils\/cpp_extension)|triton\/(compiler|runtime\/(autotuner|build))/,
  },
  // The collector itself is no Python frame; who calls it says so in its name: TorchTitan's GarbageCollection, Lightning's
  // garbage_collection_cuda, and callbacks of many programs. https://github.com/pytorch/torchtitan/blob/main/torchtitan/tools/utils.py
  { doing: 'gc', file: /(^|\/)gc\.py/ },
  {
    doing: 'gc',
    file: /./,
    function: /(?:^|[._])gc[._]?collect|collect_?garbage|garbage_?collect|(?:run|manual)_gc$|(?:^|[._])full_?collect/i,
  },
  { doing: 'gpu-wait', file: /torch\/cuda\/(__init__|streams)\.py/, function: /synchronize|wait/ },
  {
    doing: 'gpu-wait',
    file: /./,
    function: /^(?:.*\.)?(cuda(Device|Stream|Event)Synchronize|cuStreamSynchronize|cuCtxSynchronize)$/,
  },
];
const weak: readonly FrameRule[] = [
  {
    doing: 'lock',
    file: /(^|\/)(threading|queue|selectors|subprocess|socket|ssl)\.py|multiprocessing\/(connection|queues|popen_fork|synchronize|managers)\.py|concurrent\/futures\/|filelock\//,
  },
  {
    doing: 'compute',
    file: /torch\/(nn\/|autograd\/|optim\/|_tensor\.py|_ops\.py|functional\.py|amp\/|utils\/checkpoint\.py)|apex\/|transformer_engine\/|flash_attn\/|deepspeed\/runtime\/|megatron\/(core\/)?(transformer|model|optimizer|tensor_parallel|fusions)/,
  },
];

export interface Place {
  readonly doing: Doing;
  /** The frame that tells, or the innermost one. */
  readonly frame: Frame;
}

/** Frames innermost first; `null` for a thread that shows none. */
export function placeOf(frames: readonly Frame[]): Place | null {
  const [innermost] = frames;
  if (innermost === undefined) return null;
  for (const rules of [strong, weak])
    for (const frame of frames) {
      const rule = rules.find((one) => one.file.test(frame.file) && (one.function?.test(frame.function) ?? true));
      if (rule === undefined) continue;
      return waitsInLibrary(rule.doing, frames) ? { doing: 'library-wait', frame } : { doing: rule.doing, frame };
    }
  return { doing: 'other', frame: innermost };
}

/** Code that writes checkpoints and waits for a thread or a process of its own does not wait for the storage. */
function waitsInLibrary(doing: Doing, frames: readonly Frame[]): boolean {
  const [innermost] = frames;
  if (doing !== 'storage' || innermost === undefined) return false;
  return weak.some((rule) => rule.doing === 'lock' && rule.file.test(innermost.file));
}

/**
 * Where a process stands: its main thread, or the thread that works for it. PyTorch runs the backward pass in threads
 * of its own, and the main thread stands still in `backward` meanwhile.
 */
export function processPlace(threads: readonly Thread[]): (Place & { readonly at: number }) | null {
  const main = threads.find(({ name }) => name === 'MainThread') ?? threads.find(isOutermostModule) ?? threads[0];
  if (main === undefined) return null;
  const place = placeOf(main.frames);
  if (place === null) return null;
  const backward = main.frames.some((frame) => /torch\/autograd\//.test(frame.file) && /backward/.test(frame.function));
  const other = backward && place.doing === 'compute' ? workerPlace(threads, main) : null;
  return other ?? { ...place, at: main.frames.find((frame) => frame === place.frame)?.at ?? main.at };
}

function isOutermostModule({ frames }: Thread): boolean {
  return frames.at(-1)?.function === '<module>';
}

function workerPlace(threads: readonly Thread[], main: Thread): (Place & { readonly at: number }) | null {
  for (const { active, frames, at } of threads) {
    const place = active && frames !== main.frames ? placeOf(frames) : null;
    if (place?.doing === 'collective' || place?.doing === 'gpu-wait')
      return { ...place, at: frames.find((frame) => frame === place.frame)?.at ?? at };
  }
  return null;
}

const textCharsMax = 90;

/** `all_reduce (torch/distributed/distributed_c10d.py:2050)`, the end of a long file name. */
export function frameText({ function: name, file, line }: Frame): string {
  const text = `${name.slice(0, 40)} (${file}${line === 0 ? '' : `:${line}`})`;
  return text.length <= textCharsMax
    ? text
    : `${name.slice(0, 40)} (…${`${file}:${line}`.slice(-(textCharsMax - 45))})`;
}
