import { releaseNumber } from './version-numbers.ts';

export interface DriverDefect {
  /** The first and the last release of which it is told. */
  readonly from: string;
  readonly last: string;
  readonly text: string;
  readonly source: string;
}

// Releases whose defects were told by NVIDIA or traced by several operators. None proves that it strikes here.
const defects: readonly DriverDefect[] = [
  {
    from: '535.54.03',
    last: '535.183.01',
    text: 'nvidia-smi can call peer access of GPUs behind an NVSwitch unsupported that is not',
    source: 'https://docs.nvidia.com/datacenter/tesla/tesla-release-notes-535-183-06/index.html',
  },
  {
    from: '535.54.03',
    last: '535.54.03',
    text: 'the GSP firmware can stop answering, and a GPU with it',
    source: 'https://github.com/awslabs/amazon-eks-ami/issues/1523',
  },
  {
    from: '570.124.06',
    last: '570.148.08',
    text: 'programs hang on nodes that have MIG slices beside whole GPUs',
    source: 'https://github.com/NVIDIA/gpu-operator/issues/1361',
  },
];

/** Defects of a release, none for one that is not in the list. */
export function driverDefects(release: string): readonly DriverDefect[] {
  const at = releaseNumber(release);
  if (at === null) return [];
  return defects.filter(
    ({ from, last }) => at >= (releaseNumber(from) ?? Infinity) && at <= (releaseNumber(last) ?? 0),
  );
}
