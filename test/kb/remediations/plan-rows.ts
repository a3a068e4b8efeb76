import { logFindingKinds } from '../../../kb/detectors/index.ts';
import { probes } from '../../../kb/probes/index.ts';
import type { Device, Finding, RankedCause } from '../../../workflows/domain/finding.ts';
import { jobFailed, jobRuns, nodeFree } from './examples.ts';

export const node = 'node-07';
const sibling = 'node-08';
const hca: Device = { kind: 'hca', name: 'mlx5_2' };
export const gpu = (index: number): Device => ({ kind: 'gpu', index, name: `00000000:${index}7:00.0` });

interface Said {
  readonly device?: Device;
  readonly values?: Finding['values'];
  readonly on?: string;
}

const roles = new Map(
  [...logFindingKinds, ...probes.flatMap(({ outcomes }) => outcomes)].map(({ id, role }) => [id, role]),
);

export function said(kind: string, { device, values = {}, on = node }: Said = {}): Finding {
  const role = roles.get(kind);
  if (role === undefined) throw new Error(`neither a probe nor a log says ${kind}`);
  const id = `fi_${kind}_${on}`;
  const range = { evidenceId: 'ev_0', source: `${kind} on ${on}` };
  const place = device === undefined ? {} : { device };
  return { id, kind, role, node: on, ...place, count: 1, range, text: kind, values };
}

/** Of a value that is otherwise on most siblings. */
const unlike = (kind: string, name: string, value: string, siblingsValue: string) =>
  said(kind, { values: { name, value, siblingsValue, agreeing: 5, siblings: 5, differences: 1 } });

/** A fault as it is read, and what follows. */
export interface Row {
  readonly fault: string;
  readonly category: RankedCause['category'];
  readonly device?: Device;
  readonly seen: readonly Finding[];
  /** Id of the repair and its steps; of none, what people are told. */
  readonly right: readonly [id: string, ...steps: string[]] | RegExp;
}

const requeue = 'scontrol requeue 4242';
const revert = (config: string) => `wardround-fix config-revert ${config}`;
const without = [
  'job.requeue-without-node',
  'scontrol requeuehold 4242',
  `scontrol update JobId=4242 ExcNodeList=${node}`,
  'scontrol release 4242',
] as const;
const reboot = `scontrol reboot ASAP nextstate=RESUME reason=wardround ${node}`;

const clocks = (index: number) =>
  said('gpu.application-clock.below-default', {
    device: gpu(index),
    values: { applicationMhz: 1095, applicationDefaultMhz: 1410, applicationMemoryMhz: 1593 },
  });
const eight = Array.from({ length: 8 }, (_one, index) => index);
const resetClocks = ['gpu.application-clocks.reset', ...eight.map((at) => `nvidia-smi -i ${at} -rac`)] as const;

const mount = { values: { mount: '/lustre', said: '' } };
const missing = said('fs.mounts.missing', { values: { mount: '/lustre' } });
const remounted = ['fs.remount', 'wardround-fix remount /lustre', requeue] as const;

const switchedOff = said('ib.port.administratively-down', {
  device: hca,
  values: { port: 1, state: 'Down', physicalState: 'Disabled', rateGbps: 10 },
});
const absent = said('ib.fabric.adapter-absent', { values: { links: 3, adapters: 4 } });
const waits = [
  said('ib.port.not-active', { device: hca, values: { port: 1, state: 'Initializing', physicalState: 'LinkUp' } }),
  said('ib.link.down', { device: hca, values: { port: 1, state: 'INIT', physicalState: 'LINK_UP' } }),
  said('ib.link.fewer-active', { values: { name: 'activeLinks', measured: 4, median: 5, siblings: 5 } }),
];
const manager = [
  said('fabricmanager.service.not-active', { values: { state: 'failed' } }),
  said('host.services.fabricmanager', { values: { service: 'nvidia-fabricmanager' } }),
];
const oneCore = said('host.cpu-affinity.one-core', { values: { rank: 16, processors: 1 } });
const soundElsewhere = said('host.cpu-affinity.sound', { on: sibling });
const unresolved = [
  said('net.name.unresolved', { values: { name: 'node-01' } }),
  said('net.name.resolved', { values: { name: node, addresses: 1, first: '10.64.0.7' } }),
  said('net.name.resolved', { on: sibling, values: { name: 'node-01', addresses: 1, first: '10.64.0.1' } }),
];
const dead = said('job.trainers.none');

export const rows: readonly Row[] = [
  // Settings of GPUs: all that were read so, and only those.
  {
    fault: 'applications clocks are set on all GPUs, of which the cause names one',
    category: 'gpu-clock-throttle',
    device: gpu(0),
    seen: [...eight.map(clocks), jobRuns],
    right: resetClocks,
  },
  {
    fault: 'applications clocks are set on all GPUs, and the cause names the node',
    category: 'gpu-clock-throttle',
    seen: [...eight.map(clocks), jobRuns],
    right: resetClocks,
  },
  {
    fault: 'clocks are locked on two GPUs, and a third one is hot',
    category: 'gpu-clock-throttle',
    device: gpu(2),
    seen: [
      ...[2, 5, 6].map((at) => said('gpu.clock.locked-low', { device: gpu(at), values: { smMhz: 210 } })),
      said('gpu.temperature.high', { device: gpu(6) }),
      jobRuns,
    ],
    right: ['gpu.clocks.unlock', 'nvidia-smi -i 2 -rgc', 'nvidia-smi -i 5 -rgc'],
  },
  {
    fault: 'power limits are low on two GPUs',
    category: 'gpu-clock-throttle',
    seen: [
      ...[1, 3].map((at) =>
        said('gpu.power.limit-below-default', {
          device: gpu(at),
          values: { powerLimitWatts: 250, defaultPowerLimitWatts: 400 },
        }),
      ),
      jobRuns,
    ],
    right: ['gpu.power-limit.restore', 'nvidia-smi -i 1 -pl 400', 'nvidia-smi -i 3 -pl 400'],
  },
  {
    fault: 'another GPU than the one that the cause names has its clocks set',
    category: 'gpu-clock-throttle',
    device: gpu(1),
    seen: [clocks(4), jobFailed],
    right: /no probe has read lowered applications clocks on node-07 GPU 1/,
  },
  // What NCCL is told: by a file of the node, or by the launch of the job.
  {
    fault: 'the file of NCCL takes NVLink away',
    category: 'nccl-env-misconfig',
    seen: [said('nccl.config.harms', { values: { setting: 'NCCL_P2P_DISABLE', value: '1' } }), jobRuns],
    right: ['config.revert', revert('nccl-conf'), requeue],
  },
  {
    fault: 'the file of NCCL limits its channels on one node',
    category: 'nccl-env-misconfig',
    seen: [unlike('nccl.config.unlike-siblings', 'NCCL_MAX_NCHANNELS', '2', 'not there'), jobRuns],
    right: ['config.revert', revert('nccl-conf'), requeue],
  },
  {
    fault: 'the file of NCCL names docker0',
    category: 'socket-interface-mismatch',
    seen: [
      unlike('nccl.config.interface-unlike-siblings', 'NCCL_SOCKET_IFNAME', 'docker0', 'not there'),
      dead,
      jobFailed,
    ],
    right: ['config.revert', revert('nccl-conf'), requeue],
  },
  {
    fault: 'the file of NCCL names another GID, which is no matter of sockets',
    category: 'socket-interface-mismatch',
    seen: [unlike('nccl.config.interface-unlike-siblings', 'NCCL_IB_GID_INDEX', '1', '3'), jobFailed],
    right: /nothing shows which configuration file/,
  },
  {
    fault: 'the launch script takes InfiniBand away',
    category: 'nccl-env-misconfig',
    seen: [
      said('job.environment.transport-off', { values: { setting: 'NCCL_IB_DISABLE', value: '1', ranks: 'all' } }),
      said('nccl.config.plain'),
      jobRuns,
    ],
    right: /ask-person: node-07: the launch of the job, its script or its image, sets NCCL_IB_DISABLE: take that out/,
  },
  {
    fault: 'the launch script names an interface that only this node has',
    category: 'socket-interface-mismatch',
    seen: [
      said('job.environment.interface-local', { values: { setting: 'GLOO_SOCKET_IFNAME', value: 'lo; reboot' } }),
      said('job.environment.other-differs', { values: { setting: 'x; reboot', value: '1' } }),
      jobFailed,
    ],
    right: /sets GLOO_SOCKET_IFNAME: take that out there, for no file of the node holds it$/,
  },
  {
    fault: 'the name server of one node is gone',
    category: 'rendezvous-resolution',
    seen: [...unresolved, dead, jobFailed],
    right: ['config.revert', revert('resolv'), requeue],
  },
  {
    fault: 'nobody can resolve the name of the rendezvous',
    category: 'rendezvous-resolution',
    seen: [...unresolved, said('net.name.unresolved', { on: sibling, values: { name: 'node-01' } }), jobFailed],
    right: /nothing shows which configuration file/,
  },
  {
    fault: 'one node lacks the line that the hosts files of the others have',
    category: 'rendezvous-resolution',
    seen: [
      ...unresolved,
      unlike('net.resolver.unlike-siblings', 'node-01.cluster.local', 'not there', '10.64.0.1'),
      jobFailed,
    ],
    right: ['config.revert', revert('hosts'), requeue],
  },
  {
    fault: 'the hosts file of one node has an old address',
    category: 'rendezvous-resolution',
    seen: [
      said('net.name.resolved', { values: { name: 'node-01', addresses: 1, first: '10.63.0.1' } }),
      unlike('net.name.unlike-siblings', 'address of node-01', '10.63.0.1', '10.64.0.1'),
      said('net.name.resolved', { values: { name: 'node-08', addresses: 1, first: '10.64.0.8' } }),
      unlike('net.resolver.unlike-siblings', 'node-01.cluster.local', '10.63.0.1', 'not there'),
      said('net.port.no-answer', { values: { host: 'node-01', port: 29_500 } }),
      jobFailed,
    ],
    right: ['config.revert', revert('hosts'), requeue],
  },
  {
    fault: 'Docker of one node has lost its NVIDIA runtime',
    category: 'container-toolkit-misconfig',
    seen: [unlike('docker.config.runtime-unlike-siblings', 'default runtime', 'runc', 'nvidia'), dead, jobFailed],
    right: ['config.revert', revert('docker-daemon'), 'systemctl restart docker', requeue],
  },
  {
    fault: 'verbs cannot lock memory on one node, and its ranks are dead',
    category: 'ulimit-too-low',
    seen: [said('nccl.ib.memory-registration'), dead, jobFailed],
    right: ['config.revert', revert('limits'), 'systemctl restart slurmd', requeue],
  },
  {
    fault: 'a loader runs out of files on one node, and its ranks are dead',
    category: 'ulimit-too-low',
    seen: [said('limit.open-files'), dead, jobFailed],
    right: ['config.revert', revert('limits'), 'systemctl restart slurmd', requeue],
  },
  {
    fault: 'loaders run out of files on all nodes: so they were launched',
    category: 'ulimit-too-low',
    seen: [said('limit.open-files'), said('limit.open-files', { on: sibling }), dead, jobFailed],
    right: /ask-person: node-07: raise the limit/,
  },
  {
    fault: 'ranks say that they may lock too little, and a probe reads that they may lock enough',
    category: 'ulimit-too-low',
    seen: [said('library.memlock-too-low'), said('host.limits.enough'), jobRuns],
    right: /nothing shows which configuration file/,
  },
  {
    fault: 'the task prolog of one node binds two ranks to one GPU',
    category: 'launcher-rank-misconfig',
    seen: [said('nccl.rank.duplicate-gpu'), dead, jobFailed],
    right: ['config.revert', revert('task-prolog'), requeue],
  },
  {
    fault: 'ranks share GPUs on all nodes: so they were launched',
    category: 'launcher-rank-misconfig',
    seen: [said('nccl.rank.duplicate-gpu'), said('nccl.rank.duplicate-gpu', { on: sibling }), jobFailed],
    right: /ask-person: node-07: launch the job anew/,
  },
  {
    fault: 'the ranks of one node are bound to one core',
    category: 'cpu-affinity-misconfig',
    seen: [oneCore, soundElsewhere, jobRuns],
    right: ['config.revert', revert('task-prolog'), requeue],
  },
  {
    fault: 'ranks are bound to one core, and no other node was read',
    category: 'cpu-affinity-misconfig',
    seen: [oneCore, jobRuns],
    right: /ask-person: node-07: ask for enough cores/,
  },
  {
    fault: 'the ranks of one node are bound to the far socket',
    category: 'cpu-affinity-misconfig',
    seen: [
      unlike('host.cpu-affinity.other-than-siblings', 'processors of local rank 0', '48-59', '0-11'),
      soundElsewhere,
      jobRuns,
    ],
    right: ['config.revert', revert('task-prolog'), requeue],
  },
  {
    fault: 'another address stands at the GID that a job was given, on one node',
    category: 'roce-gid-misconfig',
    seen: [
      said('ib.gid.index-unlike-siblings', {
        device: { kind: 'hca', name: 'mlx5_bond_0' },
        values: { name: 'routableGidIndex', measured: 5, median: 3, siblings: 5 },
      }),
      dead,
      jobFailed,
    ],
    right: ['config.revert', revert('netplan-mtu'), requeue],
  },
  {
    fault: 'the clock follows nobody: that says nothing of its file',
    category: 'permission-misconfig',
    seen: [
      said('host.clock.not-synchronised', { values: { offMs: 0, stratum: 0 } }),
      said('host.services.other', { values: { service: 'chronyd' } }),
      jobFailed,
    ],
    right: ['clock-sync.restart', 'systemctl restart chronyd', requeue],
  },
  // File systems.
  ...[
    [missing, said('fs.stale.answers', mount)],
    [said('fs.stale.answers', mount), missing],
  ].map((seen, at) => ({
    fault: `a file system is not mounted, and the folder answers ${at === 0 ? 'afterwards' : 'before'}`,
    category: 'shared-fs-problem' as const,
    seen: [...seen, said('fs.stale.answers', { values: { mount: '/raid', said: '' } }), dead, jobFailed],
    right: remounted,
  })),
  {
    fault: 'a file system was not mounted and is',
    category: 'shared-fs-problem',
    seen: [missing, said('fs.mounts.complete'), jobFailed],
    right: /fs.remount: the file system of node-07 is back/,
  },
  {
    fault: 'a file system hangs, and stands in the list of mounts',
    category: 'shared-fs-problem',
    seen: [said('fs.stale.hangs', mount), said('fs.mounts.complete'), nodeFree],
    right: ['fs.remount', 'wardround-fix remount /lustre'],
  },
  {
    fault: 'a file system hung and answers',
    category: 'shared-fs-problem',
    seen: [said('fs.stale.hangs', mount), said('fs.stale.answers', mount), nodeFree],
    right: /fs.remount: the file system of node-07 is back/,
  },
  // Adapters and what they hang on.
  {
    fault: 'a port was switched off by hand, so that the fabric does not see it',
    category: 'rdma-link-fault',
    device: hca,
    seen: [switchedOff, absent, jobFailed],
    right: ['ib.port.enable', 'mlxlink -d mlx5_2 -p 1 -a UP', requeue],
  },
  {
    fault: 'the firmware of an adapter hangs',
    category: 'rdma-link-fault',
    device: hca,
    seen: [switchedOff, said('ib.hca.health'), absent, jobFailed],
    right: ['service.restart', 'systemctl restart openibd', requeue],
  },
  {
    fault: 'the firmware of an adapter hangs under a job',
    category: 'rdma-link-fault',
    device: hca,
    seen: [switchedOff, said('ib.hca.health'), absent, jobRuns],
    right: without,
  },
  {
    fault: 'the subnet manager is dead, and a link that was trained anew waits for it',
    category: 'rdma-link-fault',
    device: hca,
    seen: [...waits, jobFailed],
    right: /waits for the subnet manager of the fabric: look at the subnet manager, not at adapter or cable$/,
  },
  {
    fault: 'a link is down for want of light',
    category: 'rdma-link-fault',
    device: hca,
    seen: [
      said('ib.port.down', { device: hca, values: { port: 1, state: 'Down', physicalState: 'Polling' } }),
      jobFailed,
    ],
    right: ['ib.port.disable-and-reroute', 'mlxlink -d mlx5_2 -p 1 -a DN', requeue],
  },
  // Restarts.
  {
    fault: 'the kernel of a free node is locked up',
    category: 'host-hardware-fault',
    seen: [said('cpu.lockup'), jobFailed],
    right: ['node.reboot', reboot, requeue],
  },
  {
    fault: 'the kernel of a node is locked up under a job',
    category: 'host-hardware-fault',
    seen: [said('cpu.lockup'), jobRuns],
    right: without,
  },
  {
    fault: 'the fabric manager has stopped',
    category: 'fabricmanager-not-running',
    seen: [...manager, jobFailed],
    right: ['fabricmanager.restart', 'systemctl restart nvidia-fabricmanager', requeue],
  },
  ...['fabricmanager.version-mismatch', 'packages.fabricmanager.unlike-driver'].map((kind) => ({
    fault: `the fabric manager is of another release (${kind})`,
    category: 'fabricmanager-not-running' as const,
    seen: [...manager, said(kind), jobFailed],
    right: /ask-person: node-07: bring fabric manager and driver to one release/,
  })),
];
