import type { FollowedSource, SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/** Two starts on one machine of which one may use far fewer of the cores beside a GPU. */
export const narrowedCores: SequenceDetector<Cores> = {
  id: 'narrowed-cores',
  kinds: [
    {
      id: 'cpu.cores.narrowed',
      summary: 'for the same GPU one start was left with a part of the cores that another one had',
      role: 'cause',
      weighs: { 'cpu-affinity-misconfig': 4.6 },
      source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-ignore-cpu-affinity',
    },
  ],
  listens: ['cpu.cores.of-gpu'],
  follow() {
    const seen: Bound[] = [];
    return {
      note(line) {
        const found = boundOf(line.text);
        if (found === null || seen.length >= boundMax) return;
        if (seen.some(({ place: _place, ...other }) => sameBinding(other, found))) return;
        seen.push({ ...found, place: placeOfLine(line) });
      },
      summary: () => (seen.length === 0 ? null : { seen }),
    };
  },
  conclude(sources) {
    const narrowed =
      sources.flatMap(({ summary }) => narrowest(summary.seen))[0] ?? narrowest(ofNamedHosts(sources))[0];
    return narrowed === undefined ? [] : [sequenceFinding('cpu.cores.narrowed', 'cause', narrowed.place)];
  },
};

interface Cores {
  readonly seen: readonly Bound[];
}

interface Binding {
  /** Void where somebody has cut the head of the line off. */
  readonly host: string;
  readonly gpu: string;
  readonly cores: string;
}

interface Bound extends Binding {
  readonly place: LinePlace;
}

const boundMax = 256;
// A core or two are set aside for the system; what takes half of them was asked for by a launcher or a container.
const shareMax = 0.5;
const coresMax = 4_096;

const nccl =
  /(?:(?<host>[\w.-]{1,80}):\d{1,9}:\d{1,9} )?\[\d{1,3}\] NCCL INFO (?:Setting affinity for GPU (?<gpu>\d{1,3}) to (?<cores>[\da-f,-]{1,400})\s*$|(?:\w{4,40}: )?Affinity for GPU (?<index>\d{1,3}) is (?<list>[\d,-]{1,400})\. \()/i;

function boundOf(text: string): Binding | null {
  const { host = '', index, list, gpu = index, cores = list } = nccl.exec(text)?.groups ?? {};
  return gpu === undefined || cores === undefined ? null : { host, gpu, cores };
}

function sameBinding(one: Binding, other: Binding): boolean {
  return one.host === other.host && one.gpu === other.gpu && one.cores === other.cores;
}

function ofNamedHosts(sources: readonly FollowedSource<Cores>[]): readonly Bound[] {
  return sources.flatMap(({ summary }) => summary.seen.filter(({ host }) => host !== '')).slice(0, boundMax);
}

/** Those that have a part of what the same GPU of the same host had in another start. */
function narrowest(seen: readonly Bound[]): readonly Bound[] {
  return seen.filter((one) =>
    seen.some(
      (other) =>
        one.host === other.host &&
        one.gpu === other.gpu &&
        isList(one.cores) === isList(other.cores) &&
        isPart(coresOf(one.cores), coresOf(other.cores)),
    ),
  );
}

function isPart(part: ReadonlySet<number>, whole: ReadonlySet<number>): boolean {
  return part.size > 0 && part.size <= whole.size * shareMax && [...part].every((core) => whole.has(core));
}

/** Newer releases write `0-31,64-95`, older ones a mask in words of eight digits: `ffff,0000ffff`. */
function isList(cores: string): boolean {
  return (
    cores.includes('-') ||
    cores
      .split(',')
      .slice(1)
      .some((word) => word.length !== 8)
  );
}

function coresOf(cores: string): ReadonlySet<number> {
  if (isList(cores)) {
    return new Set(
      cores.split(',').flatMap((range) => {
        const [from = 0, to = from] = range.split('-').map(Number);
        return Array.from({ length: Math.min(coresMax, Math.max(0, to - from + 1)) }, (_, at) => from + at);
      }),
    );
  }
  const bits = cores.replaceAll(',', '').split('').toReversed();
  return new Set(
    bits.flatMap((digit, word) =>
      [0, 1, 2, 3].filter((bit) => (Number.parseInt(digit, 16) >> bit) % 2 === 1).map((bit) => 4 * word + bit),
    ),
  );
}
