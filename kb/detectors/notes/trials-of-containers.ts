import { trialDetector } from './trials.ts';

const docker = 'https://docs.docker.com/reference/cli/docker/container/run/';
const toolkit = 'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/troubleshooting.html';
const cgroupLoss = 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/48';
const rdmaContainer = 'https://docs.nvidia.com/networking/display/cokan10';

/** Changes to the container, its limits and its storage. */
export const containerTrials = trialDetector('notes-container-trials', [
  {
    id: 'seen.trial.shm-larger',
    summary: 'more shared memory was tried, and helped',
    role: 'cause',
    weighs: { 'shm-too-small': 5.2 },
    source: docker,
    change:
      /--ipc[= ]host\b|--shm-size\S*|\b(?:larger|bigger|more|increas\w+|rais\w+|enlarg\w+|mount\w+)\b.{0,25}?(?:\/dev\/shm|\bshm\b|\bshared memory\b)|(?:\/dev\/shm|\bshm\b).{0,20}?\b(?:increased|raised|enlarged|larger|of \d+ ?g\w*)\b|\bemptydir\b.{0,20}?\bmemory\b|\bNCCL_SHM_DISABLE\s?=?\s?1/,
    sees: [
      'works with --ipc=host',
      'with --shm-size=16g it runs fine',
      'after increasing /dev/shm the test worked',
      'NCCL_SHM_DISABLE=1 helps',
    ],
    fails: ['--ipc=host does not help', 'the same with a larger /dev/shm'],
    ignores: ['--ipc=host is set', 'started with --ipc=host and --gpus all, works on one GPU, hangs on two'],
  },
  {
    id: 'seen.trial.memlock',
    summary: 'raising a limit, or the right to lock memory, was tried, and helped',
    role: 'cause',
    weighs: { 'ulimit-too-low': 5.2 },
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html',
    change:
      /\bulimit (?:-[a-z] )?(?:unlimited|\d+|-l|-n)|--ulimit\b\S*|\bmemlock\b.{0,20}?\b(?:unlimited|-1|raised)|\blimitmemlock\b\S*|\b(?:cap_)?ipc_lock\b|\b(?:rais\w+|increas\w+|higher|unlimited)\b.{0,20}?\b(?:ulimits?|memlock|nofile|open files?|locked memory|file descriptors?|pids?)\b|\bfile_system\b.{0,20}?\bsharing strategy\b/,
    sees: [
      'with ulimit -l unlimited it works',
      'adding IPC_LOCK fixed the call',
      'raising nofile solved it',
      '--ulimit memlock=-1 helps',
    ],
    fails: ['ulimit -l unlimited does not help'],
    ignores: ['ulimit -l is 64'],
  },
  {
    id: 'seen.trial.rdma-devices',
    summary: 'handing the RDMA devices or libraries into the container was tried, and helped',
    role: 'cause',
    weighs: { 'rdma-device-missing-in-container': 5.2 },
    source: rdmaContainer,
    change:
      /--device[= ]\/dev\/infiniband\S*|\b(?:mount\w*|pass\w*|hand\w*|map\w*|add\w*)\b.{0,20}?\/dev\/infiniband\b|\binstall\w*\b.{0,20}?\b(?:libibverbs\S*|rdma-core|ibverbs\S*|libmlx5\S*|mlx5 provider|verbs librar\w+)\b|\brdma device plugin\b|\brdma\/\w+: ?1\b/,
    sees: [
      'with --device=/dev/infiniband it works',
      'after installing libibverbs RDMA was used and it works',
      'mounting /dev/infiniband fixed it',
    ],
    fails: ['mounting /dev/infiniband did not help'],
    ignores: ['the devices are passed with --device /dev/infiniband'],
  },
  {
    id: 'seen.trial.privileged',
    summary: 'a privileged container was tried, and helped',
    role: 'cause',
    weighs: {
      'rdma-device-missing-in-container': 2.2,
      'ulimit-too-low': 1.8,
      'cgroup-device-loss': 1.6,
      'container-toolkit-misconfig': 1,
      'permission-misconfig': 0.9,
    },
    source: docker,
    change: /--privileged\b|\bprivileged(?: mode| container| pod)?\b(?!=false)/,
    sees: ['with --privileged it works', 'a privileged container runs fine'],
    fails: ['--privileged does not help'],
    ignores: ['started without --privileged'],
  },
  {
    id: 'seen.trial.toolkit',
    summary: 'setting up the GPUs of the container anew was tried, and helped',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 5, 'cgroup-device-loss': 0.5 },
    source: toolkit,
    change:
      /--gpus[= ]\w+|\bNVIDIA_VISIBLE_DEVICES\s?=\s?\w+|\b(?:re-?install\w*|install\w*|upgrad\w+|configur\w+|nvidia-ctk|fix\w+|restart\w*)\b.{0,30}?\b(?:nvidia[- ]container[- ](?:toolkit|runtime)|container toolkit|device[- ]plugin|runtime(?:class)?|daemon\.json|cdi|docker(?: daemon)?|containerd)\b|\bruntimeclassname\b/,
    sees: [
      'with --gpus all it works',
      'installing nvidia-container-toolkit solved it',
      'after a restart of the device plugin: restarting the device plugin fixed it',
    ],
    fails: ['reinstalling the nvidia-container-toolkit did not help'],
    ignores: ['the container was started with --gpus all'],
  },
  {
    id: 'seen.trial.container-restart',
    summary: 'starting the container anew, or another control-group driver, was tried, and helped',
    role: 'cause',
    weighs: { 'cgroup-device-loss': 3.6, 'container-toolkit-misconfig': 0.6 },
    source: cgroupLoss,
    change:
      /\b(?:re-?start\w*|re-?creat\w+|new)\b.{0,15}?\b(?:containers?|pods?)\b|\bcgroupfs\b|\bno-cgroups\b|\bcgroupdriver\b|--device[= ]\/dev\/nvidia\S*|\bnvidia-ctk system create-dev-char-symlinks\b/,
    sees: [
      'restarting the container helps',
      'with the cgroupfs driver it does not happen',
      '--device /dev/nvidia0 fixed it',
    ],
    fails: ['restarting the container does not help'],
    ignores: ['the container was restarted'],
  },
  {
    id: 'seen.trial.local-disk',
    summary: 'data or cache on a local disk was tried, and helped',
    role: 'cause',
    weighs: { 'shared-fs-problem': 3.6, 'dataloader-stall': 1.8, 'permission-misconfig': 1, 'disk-full': 0.5 },
    source: 'https://man7.org/linux/man-pages/man5/nfs.5.html',
    change:
      /\b(?:local|nvme|scratch|another|other|different)\b.{0,12}?\b(?:disk|ssd|drive|storage|file ?system|volume|folder|director\w+|path)\b|\b(?:copied|copying|moved|moving|with the data)\b.{0,40}?(?:\blocal\w*|\/tmp|\/scratch|\bssd|\bnvme|\bfolder below|\bfolder)\b|\bNCCL_SHM\b|\b(?:nolock|noac|actimeo)\b/,
    sees: [
      'with the data on a local SSD it works',
      'after copying the data set to /scratch it runs at full speed',
      'another file system works',
    ],
    fails: ['with the data on the local disk it is the same'],
    ignores: ['the data is on a local SSD'],
  },
  {
    id: 'seen.trial.space-freed',
    summary: 'freeing space, or another place for temporary files, was tried, and helped',
    role: 'cause',
    weighs: { 'disk-full': 5.2 },
    source: 'https://man7.org/linux/man-pages/man1/df.1.html',
    change:
      /\b(?:free\w*|clean\w*|clear\w*|delet\w+|remov\w+|prun\w+|enlarg\w+|rais\w+)\b.{0,30}?(?:\b(?:space|disks?|old (?:checkpoints?|files|logs|director\w+|images)|cache|quota|inodes|docker images|volume)\b|\/tmp\b|\/var\b)|\bTMPDIR\s?=\s?\S+|\bquota (?:was |has been )?(?:raised|increased)\b|\bold director\w+ (?:had been|were|have been) removed\b/,
    sees: [
      'freeing space on /tmp fixed it',
      'after deleting old checkpoints it works',
      'TMPDIR=/scratch solved it',
      'after old directories had been removed files could be made again',
    ],
    fails: ['cleaning /tmp did not help'],
    ignores: ['old checkpoints are deleted every night'],
  },
  {
    id: 'seen.trial.permissions',
    summary: 'other rights, owner or user were tried, and helped',
    role: 'cause',
    weighs: { 'permission-misconfig': 5 },
    source: 'https://man7.org/linux/man-pages/man5/exports.5.html',
    change:
      /\bch(?:mod|own)\b|\b(?:as|being) (?:another user|the owner)\b|\bno_root_squash\b|\b(?:fix\w*|correct\w*|chang\w+|right)\b.{0,15}?\b(?:permissions?|owner(?:ship)?|ssh keys?|uid|access rights|umask)\b|\b--user\b/,
    sees: [
      'works as the owner',
      'chmod 777 on the cache fixed it',
      'changing the owner helped',
      'with no_root_squash it works',
    ],
    fails: ['chmod did not help', 'it also fails as another user'],
    ignores: ['the job runs as another user'],
  },
]);
