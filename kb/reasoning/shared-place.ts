import type { Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { InventoryNode } from '../schemas/inventory.ts';
import { derive } from './derive.ts';
import { coolsWorse, coolsWorseOf, hotterThanFellows, hottestOf, slowedByHeat } from './hotter-than-fellows.ts';
import { isProbed, probeIn } from './probe-source.ts';
import { storageKinds, waitingForStorage } from './shared-storage.ts';

/** Where a node stands; what is not known is left out. */
export type NodeSite = Pick<InventoryNode, 'name' | 'rack' | 'powerUnit' | 'leaf'>;

const source =
  'our judgement: nodes of one job are spread over racks, and chance hardly picks all nodes of one place and no other';

const rackShared: FindingKind = {
  id: 'place.rack-shared',
  summary: 'The same trouble stands on the nodes of one rack, and hardly on any other',
  role: 'cause',
  ofShared: true,
  weighs: { 'facility-fault': 5, 'gpu-clock-throttle': -4.5, 'host-hardware-fault': -4.5 },
  source,
};
const powerUnitShared: FindingKind = {
  id: 'place.power-unit-shared',
  summary: 'The same trouble stands on the nodes of one power unit, and hardly on any other',
  role: 'cause',
  ofShared: true,
  weighs: { 'facility-fault': 5, 'gpu-clock-throttle': -4.5, 'host-hardware-fault': -4.5 },
  source,
};
const unitWell: FindingKind = {
  id: 'place.power-unit-well',
  summary: 'One node has trouble with its power, and the others of its power unit have none',
  role: 'context',
  weighs: { 'facility-fault': -2 },
  source,
};
const leafShared: FindingKind = {
  id: 'place.leaf-shared',
  summary: 'Links of the nodes behind one leaf switch fail together, and hardly any other',
  role: 'cause',
  ofShared: true,
  // The switch itself; or its power, which more than links would show.
  weighs: { 'rdma-link-fault': 4.5, 'facility-fault': 2, 'host-hardware-fault': -3 },
  source,
};
const cableEnd: FindingKind = {
  id: 'place.cable-end-errors',
  summary: 'Errors grow at the switch port in which the cable of this adapter ends',
  role: 'cause',
  weighs: { 'rdma-link-fault': 4 },
  source: 'https://man7.org/linux/man-pages/man8/ibqueryerrors.8.html',
};
export const sharedPlaceKinds: readonly FindingKind[] = [
  hotterThanFellows,
  coolsWorse,
  rackShared,
  powerUnitShared,
  unitWell,
  leafShared,
  cableEnd,
  ...storageKinds,
];

/**
 * What several nodes show because of the place that they share: a rack's air, a power unit, a leaf switch. And what a
 * switch port shows of the one adapter on its cable. A finding of one node alone tells neither.
 */
export function sharedPlaces(findings: readonly Finding[], nodes: readonly NodeSite[]): readonly Finding[] {
  const shared = troubles.flatMap((trouble) => sharedPlace(trouble, findings, nodes));
  const units = shared.length > 0 ? [] : wellUnits(findings, nodes);
  const worse = shared.flatMap(({ kind, values }) => {
    const dimension = [rack, powerUnit].find((one) => one.kind.id === kind);
    const members = nodes.filter((node) => dimension?.of(node) === values?.['place']);
    if (dimension === undefined) return [];
    return [...(dimension === rack ? hottestOf(findings, members) : []), ...coolsWorseOf(findings, members)];
  });
  // Of two shared places, both may hold the same one.
  const worst = new Map(worse.map((finding) => [finding.id, finding])).values();
  return [...shared, ...worst, ...units, ...cableEnds(findings), ...waitingForStorage(findings, nodes)];
}

interface Dimension {
  readonly kind: FindingKind;
  readonly what: string;
  readonly of: (node: NodeSite) => string | undefined;
}

const rack: Dimension = { kind: rackShared, what: 'rack', of: (node) => node.rack };
const powerUnit: Dimension = { kind: powerUnitShared, what: 'power unit', of: (node) => node.powerUnit };
const leaf: Dimension = { kind: leafShared, what: 'leaf', of: (node) => node.leaf };

/** Kinds of which any shows the trouble, and the places that can bring it about, the likeliest first. */
interface Trouble {
  readonly kinds: readonly string[];
  /** No trouble by themselves: only at a place where one of `kinds` shows that it has come to harm. */
  readonly mild?: readonly string[];
  readonly places: readonly Dimension[];
}

const powerKinds = [
  'gpu.clock.power-brake',
  'gpu.throttle.power-brake',
  'bmc.chassis.power-fault',
  'bmc.chassis.input-failed',
  'bmc.event.power-input-lost',
  'bmc.event.power-lost',
];

const heatKinds = [
  ...slowedByHeat,
  'gpu.temperature.high',
  'metric.gpu.temperature.above-operating',
  'bmc.sensor.inlet-hot',
  'bmc.event.thermal-trip',
  'dcgm.health.thermal',
];

const troubles: readonly Trouble[] = [
  {
    // Heat that does harm; a rack that is only warmer than the next is no trouble.
    kinds: heatKinds,
    mild: ['gpu.temperature.above-siblings', 'metric.gpu.temperature.above-siblings'],
    places: [rack, powerUnit],
  },
  {
    kinds: [...powerKinds, 'host.cpu-governor.held-back'],
    places: [powerUnit, rack],
  },
  {
    kinds: ['net.node.silent', 'probe.node.unreachable', 'bmc.silent', 'bmc.host-off'],
    places: [powerUnit, rack, leaf],
  },
  {
    kinds: [
      'ib.link.down',
      'ib.port.not-active',
      'ib.port.unstable',
      'ib.fabric.node-absent',
      'ib.fabric.adapter-absent',
      'metric.ib.link-downed.rose',
    ],
    places: [leaf],
  },
];

// One node tells nothing of a place, and two that share one by chance are rare where there are several places.
const nodesMin = 2;
// Of two nodes among three, two are of one place by chance too often.
const othersMin = 3;
/** Of the nodes at the place: a sensor or a login may fail. */
const coveredShareMin = 0.75;
/** Of the nodes elsewhere: they may have a fault of their own. */
const elsewhereShareMax = 0.1;

function sharedPlace(
  { kinds, mild = [], places }: Trouble,
  findings: readonly Finding[],
  nodes: readonly NodeSite[],
): readonly Finding[] {
  const comesToHarm = (members: readonly NodeSite[]): boolean =>
    findings.some(({ kind, node }) => kinds.includes(kind) && members.some(({ name }) => name === node));
  for (const dimension of places) {
    for (const id of [...kinds, ...mild]) {
      const shown = findings.filter(({ kind, node }) => kind === id && node !== undefined);
      const read = readNodes(shown, findings, nodes);
      for (const [name, members] of Map.groupBy(read, dimension.of))
        if (name !== undefined && isShared(shown, members, read) && (kinds.includes(id) || comesToHarm(members)))
          return [sharedFinding(dimension, name, shown, members)];
    }
  }
  return [];
}

/** Of what a probe shows, the nodes that it was read on; a node that nobody asked is not one without the trouble. */
function readNodes(
  [first]: readonly Finding[],
  findings: readonly Finding[],
  nodes: readonly NodeSite[],
): readonly NodeSite[] {
  const probe = first === undefined ? null : probeIn(first.range.source);
  if (probe === null) return nodes;
  const read = new Set(findings.flatMap(({ node, range }) => (probeIn(range.source) === probe ? (node ?? []) : [])));
  return nodes.filter(({ name }) => read.has(name));
}

function isShared(shown: readonly Finding[], members: readonly NodeSite[], read: readonly NodeSite[]): boolean {
  const affected = new Set(shown.map(({ node }) => node));
  const here = members.filter(({ name }) => affected.has(name)).length;
  const elsewhere = read.filter(({ name }) => affected.has(name)).length - here;
  const others = read.length - members.length;
  return (
    here >= nodesMin &&
    here >= coveredShareMin * members.length &&
    others >= othersMin &&
    elsewhere <= elsewhereShareMax * others
  );
}

function sharedFinding(
  { kind, what }: Dimension,
  name: string,
  shown: readonly Finding[],
  members: readonly NodeSite[],
): Finding {
  const own = shown.filter(({ node }) => members.some((member) => member.name === node));
  const affected = new Set(own.map(({ node }) => node)).size;
  return derived(kind, own, name, {
    text: `${own[0]?.kind ?? ''} on ${affected} of ${members.length} nodes of ${what} ${name}, hardly elsewhere`,
    values: { place: name, nodesAffected: affected, nodesThere: members.length },
  });
}

/** What feeds a power unit feeds all of its nodes: where one of them alone is without, it is not the unit. */
function wellUnits(findings: readonly Finding[], nodes: readonly NodeSite[]): readonly Finding[] {
  const shown = findings.filter(({ kind, node }) => powerKinds.includes(kind) && node !== undefined);
  const affected = new Set(shown.map(({ node }) => node));
  const units = [...Map.groupBy(readNodes(shown, findings, nodes), powerUnit.of)].filter(
    ([name, members]) =>
      name !== undefined &&
      members.length >= nodesMin &&
      members.filter((member) => affected.has(member.name)).length === 1,
  );
  const [unit] = units;
  // Two nodes of two units have two faults, or something that they share and nobody has written down.
  if (unit === undefined || affected.size !== 1) return [];
  const [name = '', members] = unit;
  return [
    derived(unitWell, shown, name, {
      text: `${shown[0]?.kind ?? ''} on one of ${members.length} nodes of power unit ${name}`,
      values: { place: name, nodesAffected: 1, nodesThere: members.length },
    }),
  ];
}

/** `mlx5_1=0xb8cef603426739e2/18`, as `ib.fabric-links` gives the cables of a node. */
const cablePattern = /(?<hca>[a-z][a-z0-9_]{0,31})=(?<guid>0x[0-9a-f]{1,16})\/(?<port>\d{1,3})(?= |$)/g;

function cableEnds(findings: readonly Finding[]): readonly Finding[] {
  const growing = new Map(
    findings.flatMap((finding) => {
      const { switchGuid, port } = finding.values ?? {};
      return finding.kind === 'ib.fabric.switch-errors-growing' && switchGuid !== undefined
        ? [[`${switchGuid}/${port}`, finding] as const]
        : [];
    }),
  );
  if (growing.size === 0) return [];
  return findings.flatMap((read) => {
    const { cables } = read.values ?? {};
    if (typeof cables !== 'string' || read.node === undefined) return [];
    return [...cables.matchAll(cablePattern)].flatMap(({ groups }) => {
      const { hca = '', guid = '', port = '' } = groups ?? {};
      const errors = growing.get(`${guid}/${port}`);
      if (errors === undefined || read.node === undefined) return [];
      return [
        derived(cableEnd, [errors, read], `${read.node} ${hca}`, {
          text: `the cable of ${read.node} ${hca} ends in the port of: ${errors.text}`.slice(0, textCharsMax),
          values: { ...errors.values },
          node: read.node,
          device: { kind: 'hca', name: hca },
        }),
      ];
    });
  });
}

const textCharsMax = 250;

/** Stands on what it was made from, at the range of the first reading of a probe among it. */
function derived(
  kind: FindingKind,
  from: readonly Finding[],
  place: string,
  told: Parameters<typeof derive>[3],
): Finding {
  const first = from.find(isProbed) ?? from[0];
  if (first === undefined) throw new Error(`${kind.id} at ${place} is made from nothing`);
  return derive(kind, place, first, told);
}
