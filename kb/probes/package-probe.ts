import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbeFinding, ProbeNumber } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { requiredLines } from './text-table.ts';
import { versionNumber } from './version-number.ts';

const source = 'https://manpages.debian.org/bookworm/dpkg/dpkg-query.1.en.html';

const mixed: FindingKind = {
  id: 'packages.driver.mixed',
  summary: 'packages of the NVIDIA driver are known in several versions',
  role: 'symptom',
  // A removed package whose settings were kept is listed, too: an old version alone is no proof.
  weighs: { 'driver-version-mismatch': 1.5 },
  source: 'https://github.com/canonical/nvidia-graphics-drivers/pull/79',
};
const managerUnlike: FindingKind = {
  id: 'packages.fabricmanager.unlike-driver',
  summary: 'the fabric manager was installed in another version than the driver',
  role: 'cause',
  weighs: { 'fabricmanager-not-running': 2.5, 'driver-version-mismatch': 0.7 },
  source: 'https://github.com/NVIDIA/gpu-operator/issues/544',
};
const none: FindingKind = {
  id: 'packages.driver.none',
  summary: 'no package of the NVIDIA driver: it was installed without packages, or runs in a container',
  role: 'context',
  weighs: {},
  source,
};
const consistent: FindingKind = {
  id: 'packages.driver.consistent',
  summary: 'packages of the NVIDIA driver and of the fabric manager have one version',
  role: 'clean',
  weighs: { 'driver-version-mismatch': -0.5, 'fabricmanager-not-running': -0.3 },
  source,
};
const unlike = unlikeSiblings('packages.versions', 'a package version', {
  'driver-version-mismatch': 1.2,
  'nccl-version-mismatch': 0.8,
  'net-plugin-mismatch': 0.7,
  'fabricmanager-not-running': 0.5,
});
const kinds = [mixed, managerUnlike, none, consistent, unlike];

/** What belongs together; not every package manager has them all. */
const packageFamilies = [
  'driver',
  'fabric-manager',
  'nccl',
  'ofed',
  'verbs',
  'ucx',
  'dcgm',
  'containers',
  'slurm',
  'lustre',
] as const;
type Family = (typeof packageFamilies)[number];

interface Package {
  readonly family: Family;
  readonly name: string;
  readonly version: string;
  readonly line: number;
}
interface Reading {
  readonly packages: readonly Package[];
  readonly listed: number;
}

/** Versions of the packages that GPU jobs depend on, as one package manager lists them. */
export function packageProbe(spec: {
  readonly id: string;
  readonly insteadOf?: string;
  readonly summary: string;
  /** The list of packages, one a line. */
  readonly command: readonly [tool: string, option: string];
  /** Names of the packages of each family, whole. */
  readonly families: Readonly<Record<Family, RegExp>>;
  /** Throws for what is no line of the list; an empty version is one that is known and not installed. */
  packageOf(text: string, line: number): { readonly name: string; readonly version: string };
}): Probe<NoArgs, Reading> {
  return {
    ...hostRead,
    id: spec.id,
    ...(spec.insteadOf === undefined ? {} : { insteadOf: spec.insteadOf }),
    summary: spec.summary,
    question: 'Do the packages of the GPU and RDMA stacks fit each other, and those of the other nodes?',
    aspect: 'correctness',
    costMs: 250,
    outputBytesMax: 1024 * 1024,
    argv: () => spec.command,
    parse(output) {
      const lines = requiredLines(output, spec.command[0]);
      const packages = lines.flatMap(({ text, line }): readonly Package[] => {
        const { name, version } = spec.packageOf(text, line);
        const family = packageFamilies.find((one) => spec.families[one].test(name));
        return family === undefined || version === '' ? [] : [{ family, name, version, line }];
      });
      return { packages, listed: lines.length };
    },
    outcomes: kinds,
    meaning({ packages, listed }) {
      const drivers = packages.filter(({ family }) => family === 'driver');
      const managers = packages.filter(({ family }) => family === 'fabric-manager');
      const [first] = drivers;
      if (first === undefined)
        return [{ kind: none.id, text: `${listed} packages, none of them of the NVIDIA driver` }];
      return orClean([...mixedOnes(drivers), ...unlikeOnes(managers, drivers)], kinds, {
        kind: consistent.id,
        text: `driver ${upstream(first.version)} in ${drivers.length + managers.length} packages`,
        line: first.line,
      });
    },
    siblings: {
      kind: unlike,
      numbers: ({ packages }) => packageFamilies.flatMap((family) => numberOf(packages, family)),
      // Of an image without packages of these families nothing is lacking.
      words: ({ packages }) =>
        packages.map(({ name, version, line }) => ({ name, value: version, group: 'packages', line })),
      rules: packageFamilies.map((name) => ({
        name,
        side: 'both' as const,
        relative: 0,
        absolute: 0,
        source: unlike.source,
      })),
    },
  };
}

/** The version that NVIDIA gave, without what the distribution added: `550.90.07` of `550.90.07-0ubuntu1`. */
function upstream(version: string): string {
  return /^(?:\d+:)?([0-9.]+)/.exec(version)?.[1] ?? version;
}

function mixedOnes(drivers: readonly Package[]): readonly ProbeFinding[] {
  const versions = [...new Set(drivers.map(({ version }) => upstream(version)))].toSorted();
  const odd = drivers.find(({ version }) => upstream(version) !== upstream(drivers[0]?.version ?? ''));
  if (odd === undefined) return [];
  const text = `${versions.join(', ')}: ${odd.name} has ${upstream(odd.version)}`;
  return [{ kind: mixed.id, text, line: odd.line, values: { versions: versions.join(' ') } }];
}

function unlikeOnes(managers: readonly Package[], drivers: readonly Package[]): readonly ProbeFinding[] {
  const versions = new Set(drivers.map(({ version }) => upstream(version)));
  return managers
    .filter(({ version }) => !versions.has(upstream(version)))
    .slice(0, 1)
    .map(({ name, version, line }) => ({
      kind: managerUnlike.id,
      text: `${name} is ${upstream(version)}, the driver ${[...versions].join(', ')}`,
      line,
      values: { fabricManager: upstream(version), driver: [...versions].join(' ') },
    }));
}

function numberOf(packages: readonly Package[], family: Family): readonly ProbeNumber[] {
  const of = packages.filter((one) => one.family === family);
  const found = of.map(({ version, line }) => ({ value: versionNumber(version), line }));
  const latest = found.toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0))[0];
  if (latest === undefined || latest.value === null) return [];
  return [{ name: family, value: latest.value, unit: 'version', line: latest.line }];
}
