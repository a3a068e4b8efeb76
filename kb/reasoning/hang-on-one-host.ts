import { excerptCharsMax, type Finding } from '../../workflows/domain/finding.ts';
import { ranksOnOneHost } from '../detectors/sequences/one-host-test.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { derive } from './derive.ts';

const hangOnOneHost: FindingKind = {
  id: 'nccl-tests.hang.on-one-host',
  summary: 'A benchmark of collectives hangs between the GPUs of one machine, where no network is needed',
  role: 'cause',
  weighs: {
    'acs-iommu-p2p-broken': 2.6,
    'nvlink-fabric-error': 0.6,
    'fabricmanager-not-running': 0.5,
    'shm-too-small': 0.4,
    'gpu-driver-bug': 0.4,
    // Between processes of one host even an address that only this host knows is good.
    'socket-interface-mismatch': -2.4,
    'firewall-blocked': -1.2,
    'rendezvous-resolution': -0.8,
    'rdma-link-fault': -1.5,
    'roce-gid-misconfig': -1.5,
    'mtu-mismatch': -1.5,
    'gdr-peermem-missing': -1.2,
    'rdma-device-missing-in-container': -1.2,
  },
  source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#gpu-direct',
};

export const oneHostKinds: readonly FindingKind[] = [hangOnOneHost];

/** The log shows one host and ends; that it ends because it hangs is told beside it. */
export function hangsOnOneHost(findings: readonly Finding[]): readonly Finding[] {
  const listed = findings.find(({ kind }) => kind === ranksOnOneHost);
  const told = findings.find(({ kind }) => hangTold.has(kind));
  if (listed === undefined || told === undefined) return [];
  return [
    derive(hangOnOneHost, 'job', listed, { text: `${listed.text.trim()}: ${told.text}`.slice(0, excerptCharsMax) }),
  ];
}

const hangTold: ReadonlySet<string> = new Set(['seen.hang.silent', 'seen.hang.several-gpus', 'seen.nccl-tests.hangs']);
