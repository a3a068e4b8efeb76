import type { Finding } from '../../workflows/domain/finding.ts';
import { siblingOutliers, siblingsMin } from '../probes/siblings.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { InventoryNode } from '../schemas/inventory.ts';
import { derive } from './derive.ts';
import { isProbed } from './probe-source.ts';

/** A GPU that the driver slows down for heat. */
export const slowedByHeat: readonly string[] = ['gpu.clock.thermal', 'gpu.throttle.thermal'];

export const hotterThanFellows: FindingKind = {
  id: 'place.hotter-than-fellows',
  summary: 'One GPU of a warm rack is far hotter than all others in the same air, and slowed down alone',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 4.5 },
  source:
    'our judgement: warm air warms all GPUs of a rack alike; one that draws less than they do, for it is slowed down, and is hotter still cools badly by itself',
};

export const coolsWorse: FindingKind = {
  id: 'place.cools-worse-than-fellows',
  summary: 'One GPU of a hot place gives off its heat worse than before, and its equally hot fellows do not',
  role: 'cause',
  weighs: { 'gpu-clock-throttle': 4.5 },
  echoes: [hotterThanFellows.id],
  source:
    'our judgement: the air of a place changes how hot its GPUs are, and not how many degrees above it each of them needs for a watt',
};

// Beyond what its fellows differ by among themselves (the rule of `siblingOutliers`), and never for less: equal GPUs in the
// same air differ by a few degrees (our judgement; for GPUs of any place, kb/probes/gpu-temperature.ts asks for 15).
const hotterRule = { side: 'high', relative: 0, absolute: 4 } as const;

/** What warm air of the rack does not explain: a member that is far worse than the others. */
export function hottestOf(
  findings: readonly Finding[],
  members: readonly Pick<InventoryNode, 'name'>[],
): readonly Finding[] {
  const here = ofGpus(findings, members);
  const slowed = new Map(here.filter(({ kind }) => slowedByHeat.includes(kind)).map((one) => [gpuOf(one), one]));
  const [only, ...more] = slowed.values();
  if (only === undefined || more.length > 0) return [];
  const outlier = siblingOutliers([...temperatures(here).values()], hotterRule).find(
    ({ measured }) => gpuOf(measured.finding) === gpuOf(only),
  );
  if (outlier === undefined) return [];
  const { finding, value } = outlier.measured;
  return [
    derive(hotterThanFellows, gpuOf(only), finding, {
      ...(only.node === undefined ? {} : { node: only.node }),
      ...(only.device === undefined ? {} : { device: only.device }),
      text: `${value} degrees Celsius, and slowed down for it; ${outlier.siblings} warm GPUs of the same rack are not, at ${outlier.median} in the middle`,
      values: { temperatureCelsius: value, median: outlier.median, siblings: outlier.siblings },
    }),
  ];
}

/**
 * A rack that is hot all over slows down all of its GPUs and holds them at one temperature: there, the one that cools badly
 * is not the hottest. It needs less power for the same heat than it did before, while its fellows do not.
 */
export function coolsWorseOf(
  findings: readonly Finding[],
  members: readonly Pick<InventoryNode, 'name'>[],
): readonly Finding[] {
  const here = ofGpus(findings, members);
  const warm = new Set(here.filter(({ kind }) => warmKinds.has(kind)).map(gpuOf));
  return here.flatMap((told) => {
    const { node, device, values, text } = told;
    if (told.kind !== worsenedKindId) return [];
    const measured = here.find(
      (other) => gpuOf(other) === gpuOf(told) && isProbed(other) && sufferingKinds.includes(other.kind),
    );
    const fellows = [...warm].filter((gpu) => gpu !== gpuOf(told)).length;
    if (measured === undefined || fellows < siblingsMin || node === undefined || device === undefined) return [];
    return [
      derive(coolsWorse, gpuOf(told), measured, {
        node,
        device,
        text: `${text}; ${fellows} hot GPUs of the same place do not`.slice(0, textCharsMax),
        values: { ...values, fellows },
      }),
    ];
  });
}

function ofGpus(findings: readonly Finding[], members: readonly Pick<InventoryNode, 'name'>[]): readonly Finding[] {
  const names = new Set(members.map(({ name }) => name));
  return findings.filter(({ node, device }) => node !== undefined && names.has(node) && device?.kind === 'gpu');
}

const textCharsMax = 250;
const worsenedKindId = 'metric.gpu.cooling.worsened';
/** A probe that shows that the heat did this GPU harm. */
const sufferingKinds: readonly string[] = [...slowedByHeat, 'gpu.temperature.high'];
const warmKinds: ReadonlySet<string> = new Set([
  ...sufferingKinds,
  'gpu.temperature.above-siblings',
  'metric.gpu.temperature.above-operating',
  'metric.gpu.temperature.above-siblings',
]);

interface Temperature {
  readonly finding: Finding;
  readonly value: number;
}

/** The highest that was read of each GPU; of those that are as cool as any, nobody has said it. */
function temperatures(findings: readonly Finding[]): ReadonlyMap<string, Temperature> {
  const hottest = new Map<string, Temperature>();
  for (const finding of findings) {
    const { kind, values } = finding;
    const isOutlier = kind === 'gpu.temperature.above-siblings' && values?.['name'] === 'temperatureCelsius';
    const value = isOutlier
      ? values['measured']
      : kind === 'gpu.temperature.high'
        ? values?.['temperatureCelsius']
        : null;
    if (typeof value !== 'number' || value <= (hottest.get(gpuOf(finding))?.value ?? 0)) continue;
    hottest.set(gpuOf(finding), { finding, value });
  }
  return hottest;
}

function gpuOf({ node, device }: Finding): string {
  return `${node} ${device?.index ?? device?.name}`;
}
