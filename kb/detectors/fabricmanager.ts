import { lineDetector } from './line-patterns.ts';

const fabricGuide = 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html';

/** The fabric manager's own log, its service, and the subnet manager beside it. */
export const fabricManager = lineDetector('fabricmanager', [
  {
    id: 'fabricmanager.topology-mismatch',
    summary: 'the fabric manager sees another number of NVSwitches or GPUs than the machine has',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 4.5, 'fabricmanager-not-running': 2.5, 'host-hardware-fault': 1 },
    source: 'https://github.com/leptonai/gpud/blob/main/components/accelerator/nvidia/fabric-manager/log_matcher.go',
    literals: ["nvswitches don't match", 'nvswitches do not match', 'supported system topology'],
    pattern:
      /number of (?:NVSwitches|GPUs)[^\n]{0,20}(?:don'?t|do not|does not) match with any supported system topology|with any supported system topology, aborting/i,
    sees: [
      "[Sep 08 2025 23:21:50] [ERROR] [tid 1803] detected number of NVSwitches don't match with any supported system topology, aborting fabric manager",
    ],
    ignores: ['[INFO] [tid 1803] detected number of NVSwitches: 6'],
  },
  {
    id: 'fabricmanager.nothing-to-do',
    summary: 'the fabric manager found no NVSwitch: there is none, or the subnet manager that it needs is missing',
    role: 'context',
    weighs: { 'fabricmanager-not-running': 1.5 },
    source: 'https://github.com/NVIDIA/gpu-operator/issues/610',
    literals: ['nv_warn_nothing_to_do'],
    pattern: /NV_WARN_NOTHING_TO_DO/,
    sees: [
      'nv-fabricmanager[4177]: request to query NVSwitch device information from NVSwitch driver failed with error:WARNING Nothing to do [NV_WARN_NOTHING_TO_DO]',
    ],
    ignores: ['nv-fabricmanager[4177]: Connected to 1 node.'],
  },
  {
    id: 'fabricmanager.config-invalid',
    summary: "an item of the fabric manager's configuration is refused",
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 6 },
    source: 'https://github.com/siderolabs/extensions/issues/511',
    literals: ['fabric manager config file', 'fabricmanager.cfg'],
    pattern:
      /fabric manager config file item: \w{1,60} has an invalid value|(?:failed to|unable to|could not) (?:open|parse|read)[^\n]{0,40}fabricmanager\.cfg/i,
    sees: ['fabric manager config file item: FABRIC_NODE_CONFIG_FILE has an invalid value'],
    ignores: ['nv-fabricmanager -c /usr/share/nvidia/nvswitch/fabricmanager.cfg'],
  },
  {
    id: 'fabricmanager.multicast-failed',
    summary: 'the fabric manager can not set up NVLink multicast for a GPU that it does not know',
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 2.5, 'nvlink-fabric-error': 2.5, 'gpu-fell-off-bus': 0.5 },
    source: 'https://github.com/leptonai/gpud/blob/main/components/accelerator/nvidia/fabric-manager/log_matcher.go',
    literals: ['multicast team', 'multicast group'],
    pattern:
      /failed to (?:find the GPU handle \d{1,20} in the|setup|set up|allocate)[^\n]{0,20}multicast (?:team|group)/i,
    sees: [
      '[Sep 17 2024 06:01:46] [ERROR] [tid 1230079] failed to find the GPU handle 5410063385821516767 in the multicast team request setup 6130285411925746235.',
    ],
    ignores: ['[INFO] [tid 1808] successfully setup multicast team for request id 8331980469606044544.'],
  },
  {
    id: 'fabricmanager.version-mismatch',
    summary: 'fabric manager and driver have different versions',
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 6.5, 'driver-version-mismatch': 1.5 },
    source: fabricGuide,
    literals: ['fabric manager', 'fabricmanager', 'nv-fabricmanager'],
    pattern: /fabric ?manager[^\n]{0,120}(?:interface version|version)[^\n]{0,60}(?:don'?t|does not|doesn'?t) match/i,
    sees: [
      "fabric manager NVIDIA GPU driver interface version 535.129.03 don't match with driver version 535.161.08. Please update with matching NVIDIA driver package.",
    ],
    ignores: ['fabric manager version 535.161.08 started'],
  },
  {
    id: 'fabricmanager.failed',
    summary: 'fabric manager did not start or stopped',
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 6, 'nvlink-fabric-error': 1.2 },
    source: fabricGuide,
    literals: ['fabricmanager', 'fabric manager', 'fabric-manager'],
    pattern:
      /\bfabric[ -]?manager\b[^\n]{0,80}(?:\bexited\b|back-off restarting|CrashLoopBackOff|restart counter is at|start request repeated|FATAL state|exited: |too many start retries)|Back-off restarting failed container[^\n]{0,80}fabric-?manager|Job for (?:nvidia-)?fabricmanager(?:\.service)? failed|(?:nvidia-)?fabricmanager(?:\.service)?: (?:Failed with result|Main process exited|Control process exited|Unit entered failed)|Failed to start [^\n]{0,40}fabric ?manager|fabric ?manager[^\n]{0,40}(?:is not running|not running|inactive|failed to (?:start|initialize)|not (?:installed|found|loaded))|nvidia-fabricmanager[^\n]{0,40}(?:could not be found|inactive \(dead\)|failed \(Result)/i,
    sees: [
      "node-03 systemd[1]: nvidia-fabricmanager.service: Failed with result 'exit-code'.",
      'Failed to start NVIDIA fabric manager service.',
      '[ 1029.707736] [talos] service[ext-nvidia-fabricmanager](Waiting): Runner Containerd(ext-nvidia-fabricmanager) exited without error, going to restart it',
      'gpu-operator   nvidia-fabric-manager-daemonset-7xk2p   0/1   CrashLoopBackOff   12   40m',
      'nvidia-fabricmanager.service: Scheduled restart job, restart counter is at 5.',
      'Job for nvidia-fabricmanager.service failed because the control process exited with error code.',
    ],
    ignores: [
      'node-03 systemd[1]: Started NVIDIA fabric manager service.',
      'nvidia-fabricmanager[1234]: Successfully configured all the available GPUs and NVSwitches to route NVLink traffic.',
    ],
  },
  {
    id: 'fabricmanager.gpu-unregistered',
    summary: 'a GPU waits to be taken up into the NVLink fabric',
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 4, 'nvlink-fabric-error': 1.4 },
    source: fabricGuide,
    literals: ['in progress', 'not started', 'fabric.state', 'fabric state'],
    pattern:
      /^\s{4,16}State {12,48}: (?:In Progress|Not Started)\s*$|\b[Ff]abric[. _][Ss]tate\b["']?[:= ]{1,3}["']?(?:In Progress|Not Started)/,
    sees: [
      '        State                             : In Progress',
      'GPU 3 fabric state: Not Started',
      'fabric.state=In Progress',
    ],
    ignores: [
      '        State                             : Completed',
      'fabric.state: Completed',
      'State : In Progress',
      'fabric state: N/A',
    ],
  },
  {
    id: 'fabricmanager.nvswitch-corrected',
    summary: 'the fabric manager reports an NVSwitch error that the switch corrected',
    role: 'context',
    weighs: { 'nvlink-fabric-error': 0.5 },
    source: fabricGuide,
    literals: ['non-fatal error'],
    // 11004, 12028, 19084 and 20012 are called non-fatal and yet stop jobs.
    pattern: /detected NVSwitch non-fatal error (?!11004|12028|19084|20012)(?<code>\d{5}) on fid/i,
    sees: [
      '[Jul 09 2024 18:14:07] [ERROR] [tid 12727] detected NVSwitch non-fatal error 22013 on fid 0 on NVSwitch pci bus id 00000000:86:00.0 physical id 3 port 61',
    ],
    ignores: [
      '[Jul 09 2024 18:14:07] [ERROR] [tid 12727] detected NVSwitch non-fatal error 12028 on fid 0 on NVSwitch pci bus id 00000000:86:00.0 physical id 3 port 61',
    ],
  },
  {
    id: 'fabricmanager.nvlink-fault',
    summary: 'fabric manager reports a fatal NVSwitch or NVLink error',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 5.5, 'fabricmanager-not-running': 1 },
    source: fabricGuide,
    literals: ['nvswitch', 'fabricmanager', 'fabric manager', 'nvlink'],
    pattern:
      /(?:detected|reported)[^\n]{0,40}(?:NVSwitch|NVLink)[^\n]{0,60}(?:fatal|non-fatal|port)? ?error|NVSwitch[^\n]{0,60}(?:fatal error|degraded|excluded)/i,
    sees: [
      '[ERROR] [tid 2345] detected NVSwitch fatal error 24007 on fid:0 on NVSwitch pci bus id:00000000:c4:00.0 physical id:2 port:33',
    ],
    ignores: ['NVSwitch count: 6'],
  },
  {
    id: 'fabricmanager.nvswitch-query-failed',
    summary: 'the fabric manager can not talk to the NVSwitch driver',
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 4.5, 'nvlink-fabric-error': 2, 'driver-version-mismatch': 0.7 },
    source: 'https://github.com/NVIDIA/gpu-operator/issues/610',
    literals: ['from nvswitch driver failed', 'nvidia-nvswitchctl', 'nvlsm'],
    pattern:
      /from NVSwitch driver failed with error|(?:failed to|unable to|can ?not) open[^\n]{0,40}nvidia-nvswitchctl|nvlsm(?:\[\d{1,8}\])?: [^\n]{0,80}(?:exiting|failed to (?:start|bind|open))/i,
    sees: [
      'nv-fabricmanager[4177]: request to query NVSwitch device information from NVSwitch driver failed with error:ERROR Generic [NV_ERR_GENERIC]',
    ],
    ignores: ['nvlsm: OpenSM 2025.06.5_eb3b4ba_df9bb3c_ae214d2'],
  },
  {
    id: 'fabricmanager.training-failed',
    summary: 'the fabric manager could not train or initialise NVLinks',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 4.5, 'fabricmanager-not-running': 1.2, 'gpu-fell-off-bus': 0.4 },
    source: fabricGuide,
    literals: ['[error] [tid'],
    pattern:
      /\[ERROR\] \[tid \d{1,10}\] [^\n]{0,120}(?:(?:train(?:ing)?|NVLink initiali[sz]ation|trunk link)[^\n]{0,60}(?:fail|error)|failed to (?:train|enable NVLink)|links?(?:\(s\))? (?:are|is) not trained)/i,
    sees: [
      '[Sep 17 2024 06:01:46] [ERROR] [tid 1803] NVLink connections training failed for fabric',
      '[Sep 17 2024 06:01:46] [ERROR] [tid 1803] NVLink initialization failed for NVSwitch',
      '[Sep 17 2024 06:01:46] [ERROR] [tid 1803] The following link(s) are not trained: 3',
    ],
    ignores: ['[Sep 17 2024 06:01:46] [INFO] [tid 1803] NVLink training completed'],
  },
  {
    id: 'fabricmanager.error-line',
    summary: 'the fabric manager logged an error',
    role: 'cause',
    weighs: { 'nvlink-fabric-error': 1.5, 'fabricmanager-not-running': 1.5 },
    source: fabricGuide,
    literals: ['[error] [tid'],
    pattern: /\[ERROR\] \[tid \d{1,10}\] (?=[^\n]{0,300}(?:NVSwitch|NVLink|GPU|fabric|partition|multicast))/i,
    sees: ['[Feb 27 2025 15:10:02] [ERROR] [tid 12727] failed to activate fabric partition id 3'],
    ignores: ['[Feb 25 2025 13:59:45] [INFO] [tid 1808] multicast group 0 is freed.'],
  },
]);
