import { excerptCharsMax, type Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { derive } from './derive.ts';

const absentInside: FindingKind = {
  id: 'container.gpus.absent-inside',
  summary: 'A program finds no GPU, and something shows that it runs in a container',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 1.4, 'cgroup-device-loss': 0.4, 'driver-version-mismatch': -0.3 },
  source: 'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/troubleshooting.html',
};

export const containerKinds: readonly FindingKind[] = [absentInside];

/** The driver of the host or what hands it into a container: the same message, and which it is depends on where it stands. */
export function absentInContainer(findings: readonly Finding[]): readonly Finding[] {
  const absent = findings.find(({ kind }) => kind === 'nvidia.driver.absent-for-program');
  const container = findings.find(({ kind }) => containerShown.has(kind));
  if (absent === undefined || container === undefined) return [];
  return [
    derive(absentInside, 'job', absent, { text: `${absent.text.trim()}: ${container.text}`.slice(0, excerptCharsMax) }),
  ];
}

const containerShown: ReadonlySet<string> = new Set([
  'container.command.shown',
  'seen.container.in-use',
  'seen.container.given-gpus-only',
]);
