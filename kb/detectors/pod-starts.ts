import { lineDetector } from './line-patterns.ts';

const cni = 'https://github.com/containerd/go-cni/blob/main/errors.go';
const kubelet = 'https://github.com/kubernetes/kubernetes/tree/master/pkg/kubelet';
const kueue = 'https://github.com/kubernetes-sigs/kueue/tree/main/pkg/scheduler';

/** Nodes and controllers of Kubernetes that do not take, start or end a pod: their pressure, network, settings and quotas. */
export const podStarts = lineDetector('pod-starts', [
  {
    id: 'kubernetes.node.memory-low',
    summary: 'a node of the cluster is short of memory: it takes no pods, or evicts some',
    role: 'cause',
    weighs: { 'host-oom': 5.4 },
    source: kubelet,
    literals: ['node.kubernetes.io/memory-pressure: ', 'condition: [memorypressure]', 'resourcename="memory"'],
    pattern:
      /[1-9]\d{0,5} node\(s\) had (?:un\w{1,12} )?taint(?:\(s\))? \{node\.kubernetes\.io\/memory-pressure: |had condition: \[MemoryPressure\]|must evict pod\(s\) to reclaim" resourceName="memory"/i,
    sees: [
      '0/4 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/memory-pressure: }, 3 Insufficient nvidia.com/gpu.',
      'Warning  Evicted  kubelet  The node had condition: [MemoryPressure].',
      'eviction_manager.go:346] "Must evict pod(s) to reclaim" resourceName="memory"',
    ],
    ignores: ['Tolerations:     node.kubernetes.io/memory-pressure:NoSchedule op=Exists'],
  },
  {
    id: 'kubernetes.node.disk-low',
    summary: 'a node of the cluster is short of disk and takes no pods',
    role: 'cause',
    weighs: { 'disk-full': 4 },
    source: kubelet,
    literals: ['node.kubernetes.io/disk-pressure: '],
    pattern: /[1-9]\d{0,5} node\(s\) had (?:un\w{1,12} )?taint(?:\(s\))? \{node\.kubernetes\.io\/disk-pressure: /,
    sees: ['0/4 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }.'],
    ignores: ['Tolerations:     node.kubernetes.io/disk-pressure:NoSchedule op=Exists'],
  },
  {
    id: 'kubernetes.node.processes-low',
    summary: 'a node of the cluster is short of process numbers',
    role: 'cause',
    weighs: { 'ulimit-too-low': 3.4, 'user-code-error': 0.6 },
    source: kubelet,
    literals: ['node.kubernetes.io/pid-pressure: ', 'low on resource: pids', 'condition: [pidpressure]'],
    pattern:
      /[1-9]\d{0,5} node\(s\) had (?:un\w{1,12} )?taint(?:\(s\))? \{node\.kubernetes\.io\/pid-pressure: |low on resource: pids|had condition: \[PIDPressure\]/,
    sees: [
      'Warning  Evicted  kubelet  The node was low on resource: pids.',
      '0/4 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/pid-pressure: }.',
    ],
    ignores: ['Tolerations:     node.kubernetes.io/pid-pressure:NoSchedule op=Exists'],
  },
  {
    id: 'kubernetes.pod.no-network',
    summary: 'the network plugin of a node does not give a pod its network',
    role: 'cause',
    weighs: {
      'container-toolkit-misconfig': 2,
      'socket-interface-mismatch': 1.2,
      'firewall-blocked': 1,
      unlisted: 0.8,
    },
    source: cni,
    literals: [
      'plugin type="',
      'cni plugin not initialized',
      'networkpluginnotready',
      'failed to assign an ip address to container',
      'no network config found in',
      'node.kubernetes.io/network-unavailable: ',
    ],
    pattern:
      /plugin type="(?!sriov|ib-sriov|rdma|multus|host-device)[\w.-]{1,40}"[^\n]{0,80} failed \(add\)|cni plugin not initialized|NetworkPluginNotReady|failed to assign an IP address to container|[Nn]o network config found in \/|[1-9]\d{0,5} node\(s\) had (?:un\w{1,12} )?taint(?:\(s\))? \{node\.kubernetes\.io\/network-unavailable: /,
    sees: [
      'plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
      'network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
    ],
    ignores: ['plugin type="loopback" name="" added', 'plugin type="sriov" failed (add): no free VF'],
  },
  {
    id: 'kubelet.settings.refused',
    summary: 'the daemon of a node does not start with its settings or with what it had stored',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 1.8, unlisted: 1.4, 'cpu-affinity-misconfig': 0.6 },
    source: kubelet,
    literals: [
      'failed to run kubelet',
      'failed to start containermanager',
      'kubelet_internal_checkpoint',
      'not enough cpus available to satisfy request',
    ],
    pattern:
      /^(?![^\n]{0,400}configured policy)[^\n]{0,300}?(?:[Ff]ailed to run [Kk]ubelet|[Ff]ailed to start ContainerManager|corrupted?[^\n]{0,60}kubelet_internal_checkpoint|not enough cpus available to satisfy request)/,
    sees: [
      'E1121 server.go:301] "Failed to run kubelet" err="failed to run Kubelet: misconfiguration: kubelet cgroup driver: \\"cgroupfs\\" is different from docker cgroup driver: \\"systemd\\""',
      'checksum is corrupted: checkpoint is corrupted: /var/lib/kubelet/device-plugins/kubelet_internal_checkpoint',
    ],
    ignores: ['I1121 container_manager_linux.go:300] "Creating Container Manager object"'],
  },
  {
    // Also each time the plugin is updated.
    id: 'kubelet.device-plugin.gone',
    summary: 'the device plugin of a node ended or was started anew',
    role: 'context',
    weighs: { 'container-toolkit-misconfig': 1.4, 'driver-version-mismatch': 0.4 },
    source: kubelet,
    literals: ['listandwatch ended unexpectedly'],
    pattern: /[Ll]istAndWatch ended unexpectedly for device plugin/,
    sees: [
      'E1121 client.go:107] "ListAndWatch ended unexpectedly for device plugin" err="rpc error" resource="nvidia.com/gpu"',
    ],
    ignores: ['ListAndWatch started'],
  },
  {
    id: 'kubernetes.container.not-ended',
    summary: 'a container did not end when it was killed',
    role: 'cause',
    weighs: {
      'gpu-driver-bug': 1.4,
      'shared-fs-problem': 1.4,
      'container-toolkit-misconfig': 0.8,
      'host-hardware-fault': 0.8,
    },
    source: kubelet,
    literals: [
      'did not receive an exit event',
      'container runtime did not kill the pod',
      'killcontainererror',
      'killpodsandboxerror',
      'failed to stop container',
      'failed to kill container',
    ],
    pattern:
      /tried to kill container, but did not receive an exit event|Container runtime did not kill the pod within|(?:KillContainerError|KillPodSandboxError|failed to (?:stop|kill) container)[^\n]{0,160}(?:DeadlineExceeded|deadline exceeded)/,
    sees: [
      'Cannot kill container: train: tried to kill container, but did not receive an exit event',
      'Warning  ExceededGracePeriod  kubelet  Container runtime did not kill the pod within specified grace period.',
    ],
    ignores: ['failed to stop container: no such container'],
  },
  {
    id: 'kubernetes.runtime.slow',
    summary: 'the container runtime of a node does not answer in time',
    role: 'context',
    weighs: {
      'host-hardware-fault': 0.8,
      'shared-fs-problem': 0.6,
      'container-toolkit-misconfig': 0.8,
      'disk-full': 0.3,
    },
    source: kubelet,
    literals: ['context deadline exceeded', 'failed to reserve container name', 'failed to reserve sandbox name'],
    pattern:
      /[Ff]ailed to create pod sandbox: [^\n]{0,80}context deadline exceeded|failed to reserve (?:container|sandbox) name|kubelet[^\n]{0,20}Error: context deadline exceeded|"?get state for \w{1,80}"? error="?context deadline exceeded/,
    sees: [
      'Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = context deadline exceeded',
      'Error: failed to reserve container name "train_train-0_ns_6f1a_0": name is reserved for "7c2b"',
    ],
    ignores: ['Readiness probe failed: context deadline exceeded'],
  },
  {
    id: 'kubernetes.admission.denied',
    summary: 'a rule of the cluster does not admit a pod, or the service that keeps the rules is out of reach',
    role: 'cause',
    weighs: { 'user-code-error': 2.6, 'permission-misconfig': 1.4, unlisted: 0.6 },
    source:
      'https://github.com/kubernetes/kubernetes/tree/master/staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook',
    literals: ['admission webhook "', 'failed calling webhook "'],
    pattern: /admission webhook "[^"\n]{1,120}" denied the request|failed calling webhook "[^"\n]{1,120}"/,
    sees: [
      'Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: policy x',
      'Internal error occurred: failed calling webhook "mpod.kueue.x-k8s.io": failed to call webhook: connection refused',
    ],
    ignores: ['registered webhook "validate"'],
  },
  {
    id: 'kubernetes.api.unreachable',
    summary: "the cluster's control plane does not answer",
    role: 'context',
    weighs: { unlisted: 1.2, 'firewall-blocked': 0.8, 'facility-fault': 0.6 },
    source: 'https://github.com/kubernetes/kubernetes/tree/master/staging/src/k8s.io/kubectl/pkg/cmd/util',
    literals: [
      'unable to connect to the server: ',
      'the connection to the server ',
      'error dialing backend: ',
      'error updating node status',
    ],
    pattern:
      /Unable to connect to the server: (?:dial|net|EOF|context)|The connection to the server \S{1,80} was refused|error dialing backend: |"?Error updating node status, will retry/,
    sees: [
      'Unable to connect to the server: dial tcp 10.0.0.1:6443: i/o timeout',
      'The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?',
    ],
    ignores: ['connected to the server'],
  },
  {
    id: 'kubernetes.quota.too-small',
    summary: 'a queue will never admit what the workload asks for',
    role: 'cause',
    weighs: { 'user-code-error': 3.2, 'scheduler-action': 0.8, 'launcher-rank-misconfig': 0.6 },
    source: kueue,
    literals: ['> maximum capacity (', 'localqueue ', 'clusterqueue '],
    pattern:
      /insufficient quota for \S{1,80} in flavor [^\n]{1,200} > maximum capacity \(|\bLocalQueue \S{1,80} doesn't exist|\bClusterQueue \S{1,80} doesn't exist/,
    sees: [
      "couldn't assign flavors to pod set worker: insufficient quota for nvidia.com/gpu in flavor h100, previously considered podsets requests (0) + current podset request (64) > maximum capacity (32)",
      "LocalQueue train doesn't exist",
    ],
    ignores: ['insufficient unused quota for nvidia.com/gpu in flavor h100, 8 more needed'],
  },
  {
    id: 'kubernetes.quota.taken',
    summary: 'a workload waits until its queue has room for it',
    role: 'context',
    weighs: { 'scheduler-action': 0.8, 'user-code-error': 0.4 },
    source: kueue,
    literals: ['insufficient unused quota for', 'allows to fit only', 'exceeding the maximum number of re-queuing'],
    pattern:
      /insufficient unused quota for \S{1,80} in flavor|topology "[^"\n]{1,60}" allows to fit only \d|exceeding the maximum number of re-queuing retries/,
    sees: [
      'insufficient unused quota for nvidia.com/gpu in flavor h100, 8 more needed',
      'topology "default" allows to fit only 3 out of 8 pod(s)',
    ],
    ignores: ['Quota reserved in ClusterQueue gpu, wait time since queued was 12s'],
  },
  {
    id: 'kubernetes.workload.node-unhealthy',
    summary: 'a queue took a workload off a node that it holds unhealthy',
    role: 'cause',
    weighs: {
      'host-hardware-fault': 2.6,
      'scheduler-action': 1,
      'gpu-fell-off-bus': 0.4,
      'gpu-ecc-uncorrectable': 0.4,
    },
    source: kueue,
    literals: ['unhealthy node'],
    pattern: /[Ww]orkload [^\n]{0,60}evicted[^\n]{0,60} unhealthy node/,
    sees: ['Workload was evicted because of unhealthy node(s): node-03'],
    ignores: ['0 unhealthy nodes'],
  },
]);
