import { playLine } from '../../../infra/cluster/commands/index.ts';
import { managementHost } from '../../../infra/cluster/management.ts';
import type { Simulator } from '../../../infra/cluster/state/simulator.ts';
import type { WorldNode } from '../../../infra/cluster/world.ts';

/** Every passive command that people and probes run on a node, with one value for each of its arguments. */
export function nodeCommands(node: WorldNode, peer: WorldNode): readonly string[] {
  return [
    'nvidia-smi --query-gpu=index,uuid,pci.bus_id,compute_mode --format=csv,noheader,nounits',
    'nvidia-smi --query-gpu=index,uuid,pci.bus_id,mig.mode.current,mig.mode.pending --format=csv,noheader,nounits',
    'nvidia-smi --query-gpu=index,uuid,pci.bus_id,persistence_mode --format=csv,noheader,nounits',
    'nvidia-smi --query-gpu=index,uuid,pci.bus_id,vbios_version,inforom.img,driver_version,name --format=csv,noheader,nounits',
    'nvidia-smi --query-gpu=index,clocks.sm,clocks.mem,power.draw,power.limit,temperature.gpu,utilization.gpu,memory.used --format=csv,noheader,nounits',
    'nvidia-smi --query-gpu=index,ecc.errors.corrected.aggregate.total,ecc.errors.uncorrected.volatile.total,pcie.link.width.current --format=csv,noheader,nounits',
    'nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_memory --format=csv,noheader,nounits',
    'cat /proc/driver/nvidia/version',
    'nvidia-smi topo -m',
    'nvidia-smi -q -d PAGE_RETIREMENT',
    'nvidia-smi -q -d ECC,ROW_REMAPPER',
    'nvidia-smi -q -d PERFORMANCE',
    'nvidia-smi -q -d CLOCK',
    'dcgmi discovery -l',
    'dcgmi health -g 0 -c -j',
    'dcgmi diag -r 1 -j',
    'dcgmi dmon -e 100,140,150,155,203,1002,1004,1005 -c 2 -d 1000',
    'nvidia-smi nvlink --status',
    'nvidia-smi nvlink -e',
    'nvidia-smi nvlink -R',
    'grep -H . /sys/bus/pci/devices/0000:07:00.0/aer_dev_correctable /sys/bus/pci/devices/0000:07:00.0/aer_dev_nonfatal /sys/bus/pci/devices/0000:07:00.0/aer_dev_fatal',
    'nv-fabricmanager --version',
    'tail -n 200 /var/log/fabricmanager.log',
    'grep -H . /sys/module/nvidia/version /sys/module/nvidia_uvm/version /sys/module/nvidia_peermem/version',
    'grep -rH . /sys/devices/system/edac/mc --include=ce_count --include=ue_count',
    'uname -srvm',
    'cat /proc/cmdline',
    'dpkg-query -W',
    'cat /proc/loadavg /proc/pressure/cpu /proc/pressure/io /proc/pressure/memory',
    'ps -eo pid,ppid,stat,wchan:32,etimes,comm',
    'grep -rH . /sys/devices/system/cpu/cpufreq --include=scaling_governor --include=scaling_cur_freq --include=cpuinfo_max_freq',
    'lscpu -J',
    'numactl --hardware',
    'sudo -n lspci -vvv -d ::0604',
    'ls /sys/class/iommu',
    'chronyc -c tracking',
    'ls -lnA --time-style=full-iso /dev/shm',
    'systemctl list-units --type=service --state=failed --no-legend --plain --no-pager',
    'grep -H oom_kill /proc/vmstat',
    'cat /proc/sys/fs/file-nr',
    'sysctl vm.max_map_count vm.swappiness kernel.numa_balancing kernel.pid_max net.core.somaxconn net.ipv4.ip_local_port_range net.ipv4.conf.all.rp_filter',
    'grep -H . /sys/kernel/mm/transparent_hugepage/enabled /proc/sys/vm/nr_hugepages',
    'cat /proc/swaps',
    'cat /proc/vmstat',
    'cat /proc/diskstats',
    'sudo -n nvme smart-log /dev/nvme0n1 -o json',
    'cat /proc/mounts',
    'timeout -k 1 5 stat -f -t /lustre',
    'cat /proc/self/mountstats',
    'cat /sys/fs/lustre/health_check',
    "lctl get_param at_max 'osc.*.timeouts' 'mdc.*.timeouts'",
    'sudo -n grep -rH . /proc/fs/lustre/osc /proc/fs/lustre/mdc /sys/kernel/debug/lustre/osc /sys/kernel/debug/lustre/mdc --include=timeouts',
    'df -Pk',
    'df -Pi',
    'lsmod',
    'dmesg --time-format iso --level emerg,alert,crit,err,warn',
    'dmesg --time-format iso',
    'ibstat',
    `perfquery -x -C ${node.hcas[0]?.name ?? 'mlx5_0'} -P 1`,
    'show_gids',
    'ibv_devinfo -v',
    'ls -l /dev/infiniband',
    'rdma link show',
    'ip -o addr show',
    'ip -o route show',
    'ip -o neigh show',
    'ip -s -s link show',
    `ping -M do -c 2 -i 0.2 -W 2 -s 8972 ${peer.managementIp}`,
    `ping -c 3 -i 0.2 -W 2 ${peer.managementIp}`,
    `getent ahosts ${peer.name}`,
    'cat /etc/resolv.conf /etc/hosts',
    'cat /etc/nccl.conf /proc/version',
    'timedatectl timesync-status',
    `nc -z -v -w 3 ${peer.name} 29500`,
    'ss -Hltn',
    'cat /proc/net/snmp /proc/net/netstat',
    'sudo -n iptables -S',
    'sudo -n nft list ruleset',
    'ethtool -S eth0',
    'ethtool eth0',
    'nvidia-container-cli -k info',
    'cat /etc/nvidia-container-runtime/config.toml',
    'cat /etc/docker/daemon.json',
    'ls -l /dev/nvidia0 /dev/nvidiactl /dev/nvidia-uvm /dev/nvidia-uvm-tools /dev/nvidia-caps',
    ...[
      'list',
      'holders',
      'env',
      'args',
      'limits',
      'affinity',
      'devices',
      'mounts',
      'libraries',
      'cgroup',
      'stacks',
    ].map((verb) => `sudo -n wardround-job ${verb}`),
    'sudo -n wardround-job profile 2',
    'scontrol -o show node',
    'systemctl is-active nvidia-fabricmanager nvidia-persistenced nvidia-dcgm slurmd chronyd',
    'uptime',
  ];
}

/** What the management host is asked about a node, its management controller and the switches. */
export function managementCommands(node: WorldNode): readonly string[] {
  const ipmi = `ipmitool -I lanplus -H ${node.bmc} -U wardround -f /etc/wardround/bmc-password`;
  const redfish =
    'curl -sS --max-time 10 --netrc-file /etc/wardround/bmc-netrc --cacert /etc/wardround/bmc-ca.pem https://';
  return [
    `${ipmi} sel elist last 200`,
    `${ipmi} sdr elist full`,
    `${ipmi} chassis status`,
    `${redfish}${node.bmc}/redfish/v1/Systems/1`,
    `${redfish}${node.bmc}/redfish/v1/Systems/1/LogServices/SEL/Entries`,
    `ping -c 3 -i 0.2 -W 2 ${node.name}`,
  ];
}

/** What the management host is asked about the whole cluster. */
export const clusterCommands: readonly string[] = [
  'ibqueryerrors',
  'iblinkinfo -l',
  'scontrol -o show node',
  'sacct -P -X -n --format=JobID,JobName,State,ExitCode,DerivedExitCode,Start,End,NodeList -S now-2days',
  'squeue --json',
  'scontrol show config',
];

/** What a command comes to: all that it prints, and its exit code or that it hangs. */
export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly end: number | 'hangs';
}

export function answerOf(simulator: Simulator, node: WorldNode, line: string): Answer {
  const { world, time, act } = simulator;
  const timeline = simulator.timelineOf(node.name);
  const host = node.index < world.nodes.length ? 'node' : 'management';
  const nowMs = time.nowMs();
  return played(playLine({ world: timeline.world, timeline, node, host, nowMs, root: false, act }, line), nowMs);
}

export function managementAnswerOf(simulator: Simulator, line: string): Answer {
  return answerOf(simulator, managementHost(simulator.world), line);
}

const stepsMax = 10_000;

function played(play: ReturnType<typeof playLine>, nowMs: number): Answer {
  let atMs = nowMs;
  const said = { stdout: '', stderr: '' };
  try {
    for (let count = 0; count < stepsMax; count += 1) {
      const step = play.next(atMs);
      if (step.done === true) return { ...said, end: step.value };
      if (step.value.kind === 'print') said[step.value.stream] += step.value.text;
      else if (step.value.kind === 'wait') atMs += step.value.ms;
      else if (step.value.kind === 'hang') return { ...said, end: 'hangs' };
    }
    throw new Error(`more than ${stepsMax} steps`);
  } finally {
    play.return(0);
  }
}
