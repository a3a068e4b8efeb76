import { lineDetector } from './line-patterns.ts';

const monitor =
  'https://github.com/NVIDIA/nvidia-resiliency-ext/blob/main/src/nvidia_resiliency_ext/fault_tolerance/rank_monitor_server.py';
const health =
  'https://github.com/NVIDIA/nvidia-resiliency-ext/blob/main/src/nvidia_resiliency_ext/shared_utils/health_check.py';
const rendezvous =
  'https://github.com/NVIDIA/nvidia-resiliency-ext/blob/main/src/nvidia_resiliency_ext/fault_tolerance/ft_rendezvous_barrier.py';
const stragglers =
  'https://github.com/NVIDIA/nvidia-resiliency-ext/blob/main/src/nvidia_resiliency_ext/ptl_resiliency/straggler_det_callback.py';
const agent =
  'https://github.com/pytorch/pytorch/blob/main/torch/distributed/elastic/agent/server/local_elastic_agent.py';

/** What monitors beside a training say: of ranks without progress, of slow ranks, of the health of a node. */
export const trainingMonitors = lineDetector('training-monitors', [
  {
    id: 'monitor.rank.no-sign-of-life',
    summary: 'a monitor got no sign of life from a rank for too long, or a part of its work took too long',
    role: 'symptom',
    weighs: { 'long-rank0-work-timeout': 0.5, 'dataloader-stall': 0.3, 'collective-mismatch': 0.2 },
    source: monitor,
    literals: [
      'heartbeat. waited',
      'has been open for',
      'was out of section for',
      'worker health check has been hanging for',
    ],
    pattern:
      /Did not get (?:initial|subsequent) heartbeat\. Waited (?<seconds>[\d.]{1,12}) seconds|Section '[^'\n]{1,80}' has been open for [\d.]{1,12} seconds\. Timeout is|Was out of section for [\d.]{1,12} seconds\. Timeout is|worker health check has been hanging for [\d.]{1,12} seconds/,
    sees: [
      '[WARNING] [Cycle 2] Did not get subsequent heartbeat. Waited 600.00 seconds.',
      "[WARNING] [Cycle 2] Section 'checkpointing' has been open for 612 seconds. Timeout is 600 seconds.",
    ],
    ignores: ['FT: initialized. Timeouts=HeartbeatTimeouts(initial=3600, subsequent=600)'],
  },
  {
    id: 'monitor.run.no-progress',
    summary: 'a launcher gives up, since restart after restart brought no step',
    role: 'symptom',
    weighs: { 'user-code-error': 0.4, 'checkpoint-corruption': 0.3, 'host-hardware-fault': 0.2 },
    source:
      'https://github.com/NVIDIA/nvidia-resiliency-ext/blob/main/src/nvidia_resiliency_ext/fault_tolerance/progress_tracker.py',
    literals: ['training cycles without progress', 'no progress across restarts'],
    pattern: /\d{1,6} consecutive training cycles without progress|detected no progress across restarts/,
    sees: [
      'EARLY TERMINATION: 3 consecutive training cycles without progress (threshold: 3). Training stuck at iteration ~1200.',
      '[default] Progress tracker detected no progress across restarts. No more restarts will be attempted.',
    ],
    ignores: ['Consecutive cycles without progress remain at 0/3.'],
  },
  {
    id: 'monitor.rank.slow',
    summary: 'a monitor found GPUs or ranks that are slower than the others',
    role: 'cause',
    weighs: {
      'gpu-clock-throttle': 2.4,
      'host-hardware-fault': 1,
      'cpu-affinity-misconfig': 0.7,
      'foreign-gpu-process': 0.5,
      'rdma-link-fault': 0.4,
      'dataloader-stall': 0.3,
    },
    source: stragglers,
    literals: ['straggler detection warning', 'some ranks are too slow compared', 'outlier rank'],
    pattern:
      /STRAGGLER DETECTION WARNING: Some GPUs (?:have worse relative performance|performance dropped)\. Affected ranks|Some ranks are too slow compared with others|\bOUTLIER rank {1,4}(?<rank>\d{1,6}): /,
    sees: [
      'STRAGGLER DETECTION WARNING: Some GPUs have worse relative performance. Affected ranks: [3, 11]',
      '[slow_rank_detector] Some ranks are too slow compared with others',
      'WARNING: OUTLIER rank   88: gemm TFLOPS 412.3 (-31.2%)',
    ],
    ignores: ['Straggler report processing time: 0.031 sec.'],
  },
  {
    id: 'monitor.worker.uninterruptible',
    summary: 'a process cannot be ended: it waits inside the kernel, for storage, a GPU or an adapter',
    role: 'symptom',
    weighs: { 'shared-fs-problem': 1.2, 'gpu-driver-bug': 1.2, 'gpu-fell-off-bus': 0.6, 'rdma-link-fault': 0.4 },
    source: agent,
    literals: ['uninterruptible sleep (d-state)', 'uninterruptible kernel sleep'],
    pattern:
      /Worker pid=(?<pid>\d{1,9}) (?:stuck in|entered) uninterruptible sleep \(D-state\)|Worker may be in uninterruptible kernel sleep/,
    sees: [
      '[default] Worker pid=4242 stuck in uninterruptible sleep (D-state) for 120.0s (>= 60.0s); marking worker group UNHEALTHY and disabling restarts.',
      'Process 4242 did not exit after SIGKILL within 30s; abandoning and continuing teardown. Worker may be in uninterruptible kernel sleep (e.g. wedged on GPU/NIC); host may need to be recycled.',
    ],
    ignores: ['D-state processes: 0'],
  },
  {
    id: 'monitor.gpu-memory.not-freed',
    summary: 'the memory of a GPU was not freed after the ranks had ended: something still holds it',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 2.6, 'gpu-driver-bug': 1.2 },
    source:
      'https://github.com/NVIDIA/nvidia-resiliency-ext/blob/main/src/nvidia_resiliency_ext/fault_tolerance/launcher.py',
    literals: ['gpu memory to be reclaimed'],
    pattern: /Timeout waiting for GPU memory to be reclaimed after/,
    sees: [
      'ERROR: Timeout waiting for GPU memory to be reclaimed after 60.0s. Memory may not have been fully cleaned up. Proceeding anyway as best effort.',
    ],
    ignores: ['GPU memory reclaimed in 2.1s'],
  },
  {
    id: 'monitor.launch.layout-wrong',
    summary: 'a launcher finds several of its kind on a node, or two nodes with one number',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 5.2, 'user-code-error': 0.8 },
    source: rendezvous,
    literals: [
      'multiple participants on the same node',
      'invalid slurm launcher layout for',
      'duplicate infrastructure ranks detected',
    ],
    pattern:
      /Detected multiple participants on the same node|Invalid Slurm launcher layout for \w{1,30}|Duplicate infrastructure ranks detected/,
    sees: [
      '[run-7] [Step 2] Detected multiple participants on the same node (node-03) in round 2. This indicates more than one ft_launcher per node (misconfiguration).',
      'ValueError: Invalid Slurm launcher layout for ft_launcher (one launcher per node expected).',
      'RuntimeError: Duplicate infrastructure ranks detected. Each node must have a unique SLURM_PROCID or GROUP_RANK.',
    ],
    ignores: ['NVRX_ENABLE_MULTI_LAUNCHERS_PER_NODE is enabled'],
  },
  {
    id: 'monitor.adapter.port-down',
    summary: 'a check of the node found that a port of an adapter has gone down',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4.6, 'facility-fault': 0.6 },
    source: health,
    literals: ['port state changed from', 'link down counter has been incremented'],
    pattern:
      /NIC device (?<hca>\w{2,20}): Port state changed from [^\n]{1,24} to (?![^\n]{0,4}ACTIVE)|GPU (?<gpu>\d{1,2}) NIC\/IB \w{2,20} link down counter has been incremented/,
    sees: [
      'NIC device mlx5_0: Port state changed from 4: ACTIVE to 1: DOWN. Health check FAILED.',
      'GPU 3 NIC/IB mlx5_3 link down counter has been incremented: 0 -> 1',
    ],
    ignores: ['NIC device mlx5_0: Port state changed from 1: DOWN to 4: ACTIVE'],
  },
  {
    id: 'monitor.gpu.links-unwell',
    summary: 'a check of the node found NVLinks that are off or repeat what they send',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 3.8, 'fabricmanager-not-running': 0.9 },
    source: health,
    literals: ['nvl link ', 'nvlinkwindowhealthcheck: gpu'],
    pattern:
      /GPU (?<gpu>\d{1,2}): NVL link \d{1,2} is in DISABLED state|NVLinkWindowHealthCheck: GPU \S{1,20} unhealthy/,
    sees: [
      'GPU 3: NVL link 8 is in DISABLED state',
      'NVLinkWindowHealthCheck: GPU 3 unhealthy -- 4 NVLink ports flagged for replay/recovery events (gpu_ports_threshold=2, per-port threshold=1): [1, 4].',
    ],
    ignores: ['NVLinkWindowHealthCheck: zero ports returned data this sample.'],
  },
  {
    id: 'monitor.gpu.recovery-asked',
    summary: 'the driver asks for a reboot, a drain or a reset to bring a GPU back',
    role: 'cause',
    weighs: {
      'gpu-ecc-uncorrectable': 2,
      'nvlink-fabric-error': 1.4,
      'gpu-fell-off-bus': 1.2,
      'gpu-driver-bug': 1.2,
    },
    source: health,
    literals: ['requires a node reboot to recover', 'traffic to be drained', 'operating at reduced capacity. drain'],
    pattern:
      /GPU (?<gpu>\d{1,2}): (?:Requires a node reboot to recover|Requires peer-to-peer traffic to be drained|Operating at reduced capacity\. Drain)/,
    sees: [
      'GPU 3: Requires a node reboot to recover. Reboot the system.',
      'GPU 3: Operating at reduced capacity. Drain existing work and reset the GPU.',
    ],
    ignores: ['GPU 3: None'],
  },
  {
    id: 'monitor.storage.unwell',
    summary: 'a check of the node found a shared file system that is ill, away or does not answer',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.6 },
    source: health,
    literals: ['lustre health_check not healthy', 'unreachable mount directories', 'storagepathhealthcheck probe'],
    pattern:
      /lustre health_check not healthy|unreachable mount directories:|StoragePathHealthCheck probe (?:timed out|failed: (?!\[Errno (?:1|2|13)\]))/,
    sees: [
      "lustre health_check not healthy: 'NOT HEALTHY'",
      'StoragePathHealthCheck probe timed out',
      'unreachable mount directories:',
    ],
    ignores: ["StoragePathHealthCheck probe failed: [Errno 2] No such file or directory: '/data'"],
  },
  {
    id: 'monitor.gpu.tool-hangs',
    summary: 'the tool that asks the driver for the state of the GPUs did not come back',
    role: 'cause',
    weighs: { 'gpu-driver-bug': 2.4, 'gpu-fell-off-bus': 1.6, 'host-hardware-fault': 0.5 },
    source: rendezvous,
    literals: ['nvidia-smi'],
    pattern:
      /(?:Error|Exception|TimeoutExpired|ERROR|WARNING): [^\n]{0,60}nvidia-smi[^\n]{0,60} timed out after \d{1,6}(?:\.\d{1,3})? seconds/,
    sees: [
      'RuntimeError: nvidia-smi command timed out after 10 seconds',
      "subprocess.TimeoutExpired: Command '['nvidia-smi', '-q']' timed out after 10 seconds",
    ],
    ignores: ['nvidia-smi finished after 1 seconds'],
  },
  {
    id: 'monitor.gpu.no-fabric-number',
    summary: 'the driver tells no number of a GPU fabric where a launcher wants one',
    role: 'cause',
    weighs: { 'user-code-error': 2, 'fabricmanager-not-running': 1.8, 'nvlink-fabric-error': 0.8 },
    source: rendezvous,
    literals: ['clusteruuid not found in nvidia-smi output'],
    pattern: /ClusterUUID not found in nvidia-smi output/,
    sees: [
      'RuntimeError: ClusterUUID not found in nvidia-smi output. This may indicate that GPU fabric (NVLink domain) is not configured on this system.',
    ],
    ignores: ['        ClusterUUID                       : 00000000-0000-0000-0000-000000000000'],
  },
  {
    id: 'monitor.report.ranks-missing',
    summary: 'some ranks have not come to a call that all have to make',
    role: 'symptom',
    weighs: { 'long-rank0-work-timeout': 0.9, 'uneven-data': 0.8, 'collective-mismatch': 0.9, 'user-code-error': 0.5 },
    source:
      'https://github.com/ray-project/ray/blob/master/python/ray/train/v2/_internal/execution/checkpoint/sync_actor.py',
    literals: [
      'for the following ranks to join',
      'for the following ranks',
      'has not been called by all',
      'blocked waiting on other clients',
    ],
    pattern:
      /has not been called by all \d{1,6} workers in the group|workers have been waiting for [\d.]{1,12} s for the following ranks|blocked waiting on other clients for more than/,
    sees: [
      '`ray.train.report` has not been called by all 4 workers in the group.',
      'The workers have been waiting for 60.10 s for the following ranks to join the `report` call: [1, 2, 3].',
      'StreamSplitDataIterator(epoch=1, split=1) blocked waiting on other clients for more than 30s.',
    ],
    ignores: ['`ray.train.report` was called by all workers'],
  },
]);
