import { excerptCharsMax, type Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { derive } from './derive.ts';

const onNvswitch: FindingKind = {
  id: 'cuda.count.failed-on-nvswitch',
  summary: 'The driver could not count the GPUs of a machine whose NVSwitches have to be set up before',
  role: 'cause',
  // Without fabric manager cuInit says 802 there; the same driver on a machine without NVSwitch needs none.
  weighs: { 'fabricmanager-not-running': 3.4 },
  source: 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html',
};

export const fabricKinds: readonly FindingKind[] = [onNvswitch];

/** The error that would name fabric manager is cut off, and the machine is told to be one that needs it. */
export function countWithoutFabric(findings: readonly Finding[]): readonly Finding[] {
  const failed = findings.find(({ kind }) => kind === 'cuda.count.unexpected');
  const machine = findings.find(({ kind }) => kind === 'seen.machine.nvswitch');
  if (failed === undefined || machine === undefined) return [];
  return [
    derive(onNvswitch, 'job', failed, { text: `${failed.text.trim()}: ${machine.text}`.slice(0, excerptCharsMax) }),
  ];
}
