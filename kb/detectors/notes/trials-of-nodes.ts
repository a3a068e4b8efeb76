import { trialDetector } from './trials.ts';

const ncclTrouble = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html';
const p2pHang = 'https://github.com/dmlc/xgboost/issues/11242';
const nvidiaSmi = 'https://docs.nvidia.com/deploy/nvidia-smi/index.html';
const debugGuide = 'https://docs.nvidia.com/deploy/gpu-debug-guidelines/index.html';
const fabricManager = 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html';
const mpiFirewall = 'https://github.com/open-mpi/ompi/issues/46';
const bridgeSeat = 'https://github.com/NVIDIA/nccl/issues/340';
const ports = 'https://github.com/openucx/ucx/issues/9590';

/** Changes to nodes, drivers and networks, and to how NCCL uses them. */
export const nodeTrials = trialDetector('notes-node-trials', [
  {
    id: 'seen.trial.acs-off',
    summary: 'switching PCIe ACS or the IOMMU off was tried, and helped',
    role: 'cause',
    weighs: { 'acs-iommu-p2p-broken': 5.2 },
    source: ncclTrouble,
    change:
      /\b(?:disabl\w+|turn(?:ed|ing)? off|switch(?:ed|ing)? off|without|no|removing)\b.{0,25}?\b(?:acs|iommu|vt-d|access control)\b|\b(?:acs|iommu|vt-d)\b.{0,25}?\b(?:off|disabled|=pt|passthrough|pt mode|switched off|turned off)\b|\biommu=(?:pt|off)\b/,
    suspect: /(?:acs|iommu)(?: enabled| on)?\b/,
    sees: ['with ACS disabled it works', 'after turning off the IOMMU the hang is gone', 'iommu=pt fixed it'],
    fails: ['disabling ACS did not help', 'same with the IOMMU off'],
    ignores: ['we will try to disable ACS', 'ACS is enabled'],
  },
  {
    id: 'seen.trial.mtu',
    summary: 'another MTU was tried, and helped',
    role: 'cause',
    weighs: { 'mtu-mismatch': 5 },
    source: 'https://enterprise-support.nvidia.com/s/article/howto-configure-roce-on-connectx-4',
    change:
      /\b(?:lower\w*|rais\w+|set\w*|equal|chang\w+|reduc\w+|same|smaller|larger|fix\w*|align\w*)\b.{0,20}?\bmtus?\b|\bmtus?\b.{0,15}?\b(?:1500|9000|4096|1024|lowered|raised|set|aligned|equal)\b/,
    sees: [
      'with MTU 1500 everywhere it works',
      'after setting the MTU to 9000 on node-03 the job runs through',
      'lowering the MTU helped',
    ],
    fails: ['changing the MTU did not help'],
    ignores: [
      'MTU is 1500 on node-03',
      'all NICs have the same MTU, iperf works, but the training hangs',
      'between nodes whose NICs run with MTU 1500: the program hangs, no error is printed',
    ],
  },
  {
    id: 'seen.trial.firewall-off',
    summary: 'opening or stopping the firewall was tried, and helped',
    role: 'cause',
    weighs: { 'firewall-blocked': 5.4 },
    source: mpiFirewall,
    change:
      /\b(?:disabl\w+|stopp\w+|turn\w* off|switch\w* off|flush\w*|without|opening|opened|allow\w*)\b.{0,30}?\b(?:firewalls?|firewalld|iptables|ufw|nftables|security groups?|ports?|network polic\w+|selinux)\b|\b(?:firewalls?|firewalld|iptables|ufw|nftables|security groups?|network polic\w+|selinux)\b.{0,20}?\b(?:off|disabled|stopped|flushed|opened|removed|permissive)\b|\biptables -F\b|\bports? (?:were |was |are )?opened\b/,
    sees: [
      'with the firewall off it works',
      'after stopping firewalld the nodes connect: it works',
      'iptables -F solved it',
      'opening the ports fixed it',
    ],
    fails: ['disabling the firewall did not help', 'same error with ufw disabled'],
    ignores: [
      'the firewall is on',
      'firewalld is disabled on all nodes',
      'firewall disabled on both hosts, iperf works between them, torchrun times out',
    ],
  },
  {
    id: 'seen.trial.host-network',
    summary: 'the host network was tried, and helped',
    role: 'cause',
    weighs: {
      'socket-interface-mismatch': 3.6,
      'rendezvous-resolution': 2,
      'firewall-blocked': 0.9,
      'rdma-device-missing-in-container': 0.6,
    },
    source: 'https://docs.docker.com/engine/network/drivers/host/',
    change: /--net(?:work)?[ =]host\b|\bhost ?network(?:ing)?\b/,
    sees: ['with --network host it works', 'hostNetwork: true solved it'],
    fails: ['--network host does not help'],
    ignores: ['--network host is used'],
  },
  {
    id: 'seen.trial.address',
    summary: 'an address in place of a name, or another port, was tried, and helped',
    role: 'cause',
    weighs: { 'rendezvous-resolution': 4.8, 'socket-interface-mismatch': 0.4, 'firewall-blocked': 0.3 },
    source: 'https://pytorch.org/docs/stable/elastic/run.html',
    change:
      /\b(?:ip address|plain ip|address|ip) (?:instead of|rather than|in place of) (?:the |a )?(?:host ?)?name\b|\b(?:fix\w*|correct\w*|edit\w*|entry in|line in|adding)\b.{0,30}?(?:\/etc\/hosts|\bdns\b|\bMASTER_ADDR\b)|\b(?:another|other|different|free|new) (?:master |rendezvous )?port\b|\bannouncing the address\b|\bc10d\b|\bMASTER_ADDR\s?=\s?\S+/,
    sees: [
      'with the IP address instead of the host name it works',
      'fixing /etc/hosts solved it',
      'another port works',
    ],
    fails: ['another port does not help'],
    ignores: ['MASTER_ADDR=node-01'],
  },
  {
    id: 'seen.trial.gsp-off',
    summary: 'switching the GPU firmware (GSP) off was tried, and helped',
    role: 'cause',
    weighs: { 'gpu-driver-bug': 5 },
    source: 'https://github.com/NVIDIA/open-gpu-kernel-modules/issues/446',
    change:
      /\bNVreg_EnableGpuFirmware\s?=\s?0|\b(?:disabl\w+|without|turn\w* off) (?:the )?gsp\b|\bgsp (?:firmware )?(?:disabled|off)\b/,
    sees: ['disabling GSP fixed it', 'with NVreg_EnableGpuFirmware=0 it does not hang'],
    fails: ['disabling GSP does not help'],
    ignores: ['GSP is disabled'],
  },
  {
    id: 'seen.trial.driver-reinstalled',
    summary: 'reloading or installing the driver anew was tried, and helped',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 3.8, 'gpu-driver-bug': 0.8 },
    source: 'https://docs.nvidia.com/cuda/cuda-installation-guide-linux/index.html',
    change:
      /\b(?:re-?install\w*|re-?load\w*|rebuil\w+|rmmod|modprobe)\b.{0,25}?\b(?:drivers?|kernel modules?|nvidia(?:[_-]uvm)?(?!_peermem|-peermem|-fabric|-container))\b|\b(?:remov\w+|without) (?:the )?cuda-?compat\w*|\breboot\w*\b.{0,20}?\bafter the (?:driver )?(?:update|upgrade)\b/,
    sees: [
      'reinstalling the driver fixed it',
      'after reloading the kernel module it works',
      'removing cuda-compat solved it',
    ],
    fails: ['reinstalling the driver did not help'],
    ignores: ['the driver was reinstalled'],
  },
  {
    id: 'seen.trial.driver-version',
    summary: 'another driver release was tried, and helped',
    role: 'cause',
    weighs: { 'gpu-driver-bug': 4.4, 'driver-version-mismatch': 1.6 },
    source: p2pHang,
    change:
      /\b(?:upgrad\w+|downgrad\w+|updat\w+|newer|older|another|other|chang\w+|roll\w* back|latest|going back)\b.{0,25}?\b(?:gpu |nvidia )?(?:drivers?|vbios|gpu firmware)\b|\b(?:previous|earlier|prior|former|lower) (?:(?:release|version|branch)(?:e?s)? of the )?(?:gpu |nvidia )?drivers?\b|\bdrivers? (?:version )?\d{3}(?:\.\d+)*\b|\bdrivers?\b.{0,15}?\b(?:upgraded?|downgraded?|updated?)\b/,
    suspect: /driver (?:version )?\d{3}/,
    sees: [
      'updating the GPU driver fixed it',
      'with driver 570 the issue is gone',
      'an older driver works',
      'it works with the previous driver version',
      'fails only with driver 560',
    ],
    fails: ['a driver update did not help', 'the same with driver 570'],
    ignores: ['driver 535.129 is installed', 'driver 535.54, CUDA 12.2, four A100, it runs for two hours, then fails'],
  },
  {
    id: 'seen.trial.peermem-loaded',
    summary: 'loading the peer-memory module was tried, and helped',
    role: 'cause',
    weighs: { 'gdr-peermem-missing': 5.4 },
    source: 'https://docs.nvidia.com/cuda/gpudirect-rdma/index.html',
    change:
      /\b(?:load\w*|modprobe|insmod|install\w*|start\w*)\b.{0,20}?\b(?:nvidia[_-]peermem|nv_peer_mem|peer[- ]memory)\b|\b(?:nvidia[_-]peermem|nv_peer_mem)\b.{0,15}?\bloaded\b/,
    sees: ['after modprobe nvidia_peermem it runs at full speed', 'loading nvidia-peermem fixed it'],
    fails: ['loading nvidia_peermem did not help'],
    ignores: ['nvidia_peermem is loaded'],
  },
  {
    id: 'seen.trial.fabricmanager-started',
    summary: 'starting fabric manager, or matching its version, was tried, and helped',
    role: 'cause',
    weighs: { 'fabricmanager-not-running': 5.4 },
    source: fabricManager,
    change:
      /\b(?:re-?start\w*|start\w*|enabl\w+|install\w*|upgrad\w+|downgrad\w+|match\w*)\b.{0,25}?\b(?:nvidia[- ])?fabric[- ]?manager\b|\bfabric[- ]?manager\b.{0,20}?\b(?:(?:re-?)?started|enabled|installed|upgraded|fixed)\b/,
    sees: ['starting nvidia-fabricmanager fixed it', 'after a restart of the fabric manager it works'],
    fails: ['restarting the fabric manager did not help'],
    ignores: ['fabric manager was started'],
  },
  {
    id: 'seen.trial.bridge-reseated',
    summary: 'seating or exchanging a part of the server was tried, and helped',
    role: 'cause',
    weighs: { 'host-hardware-fault': 5, 'gpu-fell-off-bus': 0.8, 'nvlink-fabric-error': 0.5 },
    source: bridgeSeat,
    change:
      /\b(?:re-?seat\w*|replac\w+|swapp\w*|exchang\w+|chang\w+)\b.{0,25}?\b(?:nvlink bridge|bridge|riser|extender|main ?board|mother ?board|psu|power suppl(?:y|ies)|backplane|baseboard|slot|dimms?|power cable)\b|\bseated (?:properly|fully|again|right)\b/,
    sees: [
      'reseating the NVLink bridge fixed it',
      'with another riser: replacing the riser helped',
      'seated properly, everything ran fine',
    ],
    fails: ['replacing the riser did not help'],
    ignores: ['the PSU was replaced last year'],
  },
  {
    id: 'seen.trial.cable-replaced',
    summary: 'exchanging a cable, optic, port or switch was tried, and helped',
    role: 'cause',
    weighs: { 'rdma-link-fault': 5.2 },
    source: ports,
    change:
      /\b(?:re-?plac\w+|swapp\w*|exchang\w+|re-?seat\w*|clean\w+|re-?plugg\w*|moving|moved|new|another|other|chang\w+)\b.{0,25}?\b(?:cables?|transceivers?|optics?|fib(?:er|re)s?|switch port|ports?(?! \d{4})|hca|nic|aoc|dac|qsfp\w*|line card|leaf switch|ib switch)\b|\b(?:updat\w+|upgrad\w+|flash\w+)\b.{0,20}?\b(?:hca|nic|mlx\w*|switch|card|connectx\S*)\b.{0,12}?\b(?:firmware|fw)\b|\bfirmware (?:update|upgrade) of the (?:hca|nic|cards?|switch)\b|\b(?:cable|transceiver|optic|hca|nic)s?\b.{0,15}?\b(?:replaced|exchanged|swapped|cleaned|reseated)\b|\bdisabl\w+ (?:the )?(?:port|rail|link|mlx\w+)\b|\bNCCL_IB_HCA\s?=\s?\^/,
    sees: [
      'replacing the cable helped',
      'after the transceiver was swapped the errors are gone',
      'a firmware update of the cards fixed it',
      'with another cable it works',
      'works with NCCL_IB_HCA=^mlx5_3',
    ],
    fails: ['replacing the cable did not help', 'another cable makes no difference'],
    ignores: ['the cable was replaced'],
  },
  {
    id: 'seen.trial.gpu-replaced',
    summary: 'exchanging a GPU was tried, and helped',
    role: 'cause',
    weighs: {
      'gpu-fell-off-bus': 2.4,
      'gpu-ecc-uncorrectable': 2.4,
      'nvlink-fabric-error': 1.6,
      'gpu-clock-throttle': 0.6,
      'host-hardware-fault': 0.5,
    },
    source: debugGuide,
    change:
      /\b(?:replac\w+|swapp\w*|exchang\w+|rma)\b.{0,20}?\b(?:gpus?|cards?|accelerator|sxm)\b|\b(?:gpu|card)\b.{0,15}?\b(?:replaced|exchanged|swapped|rma)\b|\b(?:without|leaving out|excluding|masking) (?:gpu|card) ?\d/,
    sees: ['after the GPU was replaced the job runs fine', 'without GPU 3 it works'],
    fails: ['replacing the GPU did not help'],
    ignores: ['the GPU was replaced in May'],
  },
  {
    id: 'seen.trial.clocks-unlocked',
    summary: 'releasing clocks or power limits was tried, and helped',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 5.4 },
    source: nvidiaSmi,
    change:
      /\bnvidia-smi (?:-i \d+ )?(?:-rgc|--reset-gpu-clocks|-rac|-pl \d+)\b|\b(?:unlock\w*|resett?\w*|releas\w+|restor\w+|rais\w+|lift\w*)\b.{0,20}?\b(?:clocks?|power (?:limit|cap))\b|\b(?:clean\w+|replac\w+|fix\w+)\b.{0,15}?\b(?:fans?|heat ?sink|airflow|dust|thermal paste)\b/,
    sees: [
      'after nvidia-smi -rgc it runs at full speed',
      'restoring the power limit helped',
      'resetting the clocks fixed it',
    ],
    fails: ['resetting the clocks did not help'],
    ignores: ['the power limit was raised'],
  },
  {
    id: 'seen.trial.lossless',
    summary: 'setting up flow control of the RoCE network was tried, and helped',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4.4 },
    source: 'https://github.com/openucx/ucx/issues/2346',
    change:
      /\b(?:lossless|pfc|ecn|dcqcn|flow control|qos)\b.{0,20}?\b(?:configured|enabled|set|on|fixed|roce)?|\bsame (?:speed|rate) on (?:all|both|every)\b|\bNCCL_IB_(?:TC|SL)\s?=\s?\d+/,
    sees: ['works well when lossless RoCE is configured', 'enabling PFC fixed it'],
    fails: ['enabling PFC did not help'],
    ignores: ['PFC is enabled'],
  },
  {
    id: 'seen.trial.other-node',
    summary: 'another node was tried, and helped',
    role: 'cause',
    weighs: {
      'host-hardware-fault': 1.8,
      'rdma-link-fault': 1.4,
      'gpu-fell-off-bus': 0.8,
      'gpu-ecc-uncorrectable': 0.8,
      'gpu-clock-throttle': 0.8,
      'driver-version-mismatch': 0.6,
      'framework-bug': -1.4,
      'nccl-bug': -1.2,
      'user-code-error': -1.4,
      'collective-mismatch': -1.2,
      'uneven-data': -1.2,
    },
    source: debugGuide,
    change:
      /\b(?:another|other|spare|different|new) (?:nodes?|hosts?|servers?|machines?)\b|\b(?:nodes?|hosts?|servers?|machines?)\b.{0,15}?\b(?:swapped|replaced|exchanged)\b|\b(?:swapp\w+|replac\w+|exchang\w+) (?:of )?(?:the |that |this )?(?:nodes?|hosts?|servers?|machines?)\b/,
    sees: ['on another node it works', 'the node has been swapped for a spare and the problem did not come back'],
    fails: ['it also fails on other nodes'],
    ignores: ['the other node is idle'],
  },
  {
    id: 'seen.trial.reset',
    summary: 'a reset of the GPU or a restart of the node was tried, and helped',
    role: 'context',
    weighs: {
      'gpu-driver-bug': 0.9,
      'gpu-fell-off-bus': 0.8,
      'nvlink-fabric-error': 0.8,
      'foreign-gpu-process': 0.6,
      'driver-version-mismatch': 0.7,
      'gpu-ecc-uncorrectable': 0.5,
      'gpu-clock-throttle': 0.4,
      'user-code-error': -0.8,
      'framework-bug': -0.7,
      'uneven-data': -0.8,
      'collective-mismatch': -0.8,
      'gpu-oom': -0.7,
    },
    source: debugGuide,
    change:
      /\b(?:reboot\w*|power[- ]?cycl\w+|gpu reset|nvidia-smi (?:--gpu-reset|-r)\b|reset(?:ting)? (?:of )?(?:the )?gpus?|restart(?:ed|ing)? (?:of )?(?:the )?(?:node|machine|server|host))\b/,
    sees: ['after a reboot it works', 'a GPU reset helped', 'restarting the node fixed it'],
    fails: ['a reboot did not help'],
    ignores: ['the node was rebooted'],
  },
  {
    id: 'seen.trial.process-killed',
    summary: 'ending another process on the GPU was tried, and helped',
    role: 'cause',
    weighs: { 'foreign-gpu-process': 5.4 },
    source: nvidiaSmi,
    change:
      /\b(?:kill\w*|stopp\w+|end\w+|terminat\w+|remov\w+)\b.{0,25}?\b(?:other|old|left-?over|zombie|stale|stray|orphan\w*|foreign|previous|remaining|those) (?:\w+ )?(?:process(?:es)?|jobs?|python|containers?)\b|\bfuser -k\b/,
    sees: ['killing the leftover processes fixed it', 'after we killed the old python process it works'],
    fails: ['killing the old processes did not help'],
    ignores: ['the old process was killed'],
  },
]);
