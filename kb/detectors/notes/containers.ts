import { noteDetector } from './note-patterns.ts';
import { any, hangs, near, inOrder, noneThere } from './words.ts';

const toolkit = 'https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/troubleshooting.html';
const cgroupLoss = 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/48';
const rdmaContainer = 'https://docs.nvidia.com/networking/display/cokan10';

const inContainer =
  /\b(?:containers?|docker|pods?|images?|podman|singularity|apptainer|enroot|pyxis|kubernetes|k8s)\b/i;

const insideContainer = '\\b(?:inside|in|within)(?: of)?(?: the| a)? (?:containers?|docker|pods?|images?)\\b';
const outside =
  '\\b(?:outside(?: of)?(?: the| a)? (?:container|docker|pod)|on (?:the )?(?:bare[- ]metal|(?:physical )?(?:host|machine))|without (?:docker|a container|the container))\\b';

/** What containers, control groups and limits keep from the job. */
export const containersSeen = noteDetector('notes-containers', [
  {
    id: 'seen.container.unprivileged-rdma',
    summary: 'the container is started without privileges, its RDMA devices handed in',
    role: 'context',
    weighs: { 'ulimit-too-low': 1.2, 'rdma-device-missing-in-container': 1 },
    source: rdmaContainer,
    pattern: any(
      /\b(?:without|no|not) (?:--)?privileged\b|\bunprivileged\b|\brootless\b/,
      near('\\b/?dev/infiniband\\b', '--device\\b|\\bhanded in\\b|\\bpassed (?:in|through)\\b|\\bmapped\\b', 50),
    ),
    saysNot: true,
    sees: [
      'run inside a container that is started without --privileged',
      'the devices under /dev/infiniband are handed in with --device',
    ],
    ignores: ['the container is privileged'],
  },
  {
    id: 'seen.container.rdma-visible',
    summary: 'RDMA devices are visible where the job runs',
    role: 'context',
    weighs: { 'rdma-device-missing-in-container': -1.2, 'ulimit-too-low': 0.3 },
    source: rdmaContainer,
    saysNot: true,
    pattern: near(
      '(?:/dev/infiniband\\S*|\\bibv_devices\\b|\\bibv_devinfo\\b|\\b(?:rdma |ib |infiniband |mlx5? )?devices\\b)',
      '\\b(?:are|is|shows?|lists?|sees?) (?:all )?(?:the )?(?:visible|present|there|listed|mounted|mapped|devices)\\b',
      40,
    ),
    check: (said, sentence) => inContainer.test(sentence) && !/\bnot\b|n['’]t\b|\bno\b|\bnvidia\d|\bgpu/i.test(said),
    sees: ['the devices are visible inside the container', 'ibv_devices lists all devices in the pod'],
    ignores: ['the RDMA devices are not visible in the container'],
  },
  {
    id: 'seen.container.no-rdma-devices',
    summary: 'RDMA devices are not visible where the job runs',
    role: 'cause',
    weighs: { 'rdma-device-missing-in-container': 4.6, 'net-plugin-mismatch': 0.3, 'rdma-link-fault': 0.2 },
    source: rdmaContainer,
    pattern: any(
      near(
        '(?:/dev/infiniband\\S*|\\bibv_devices\\b|\\bibv_devinfo\\b|\\buverbs\\d?\\b|\\b(?:rdma|ib|infiniband|mlx5?) (?:devices?|nics?)\\b|\\bibstat\\b|/sys/class/infiniband)',
        `\\b(?:${noneThere})\\b`,
      ),
      /\bno (?:rdma|ib|infiniband|mlx5?) (?:devices?|nics?)\b/,
    ),
    saysNot: true,
    check: (said, sentence) =>
      (inContainer.test(sentence) || /\/dev\/infiniband|uverbs|ibv_dev/i.test(said)) &&
      // The kernel says "no such device" of an address without an interface as well: then a call is named.
      !/\bno (?:errors?|ports? down)|\bmodify_qp\b|\bibv_modify_qp\b/i.test(sentence),
    sees: [
      '/dev/infiniband is missing in the container',
      'ibv_devices prints nothing inside the pod',
      'the RDMA devices are not mounted into the image',
      'no IB devices in the container',
    ],
    ignores: ['the RDMA devices are visible in the container', 'the devices are visible inside the container'],
  },
  {
    id: 'seen.container.no-verbs',
    summary: 'the image lacks the libraries for RDMA',
    role: 'cause',
    weighs: { 'rdma-device-missing-in-container': 4.2, 'net-plugin-mismatch': 1 },
    source: rdmaContainer,
    pattern: near(
      '\\b(?:libibverbs\\S*|ibverbs|verbs librar\\w+|libmlx5\\S*|mlx5 provider|rdma-core|librdmacm\\S*|ibverbs-providers|userspace (?:driver|ofed))\\b',
      `\\b(?:${noneThere})\\b`,
      50,
    ),
    saysNot: true,
    sees: ['libibverbs is not installed in the image', 'the mlx5 provider is missing', 'the image lacks rdma-core'],
    ignores: ['libibverbs is installed in the image'],
  },
  {
    id: 'seen.cgroup.daemon-reload',
    summary: 'systemd was reloaded, or containers were updated, while the job ran',
    role: 'cause',
    weighs: { 'cgroup-device-loss': 3.6 },
    source: cgroupLoss,
    pattern: any(
      /\b(?:systemctl )?daemon[- ](?:reload|reexec)(?:ed)?\b/,
      /\bdocker update\b|\bsystemd (?:was |has been )?(?:reloaded|reexecuted|upgraded)\b/,
    ),
    sees: [
      'systemctl daemon-reload was run',
      'the GPUs vanished after a daemon-reload',
      'systemd was reloaded by the package update',
    ],
    ignores: ['no daemon-reload happened', 'the web server daemon was restarted'],
  },
  {
    id: 'seen.cgroup.devices-missing',
    summary: 'device rights of the control group lack the GPUs',
    role: 'cause',
    weighs: { 'cgroup-device-loss': 4.8 },
    source: cgroupLoss,
    pattern: near(
      '(?:\\bcgroups?(?:v[12])?\\b|\\bcontrol groups?\\b|\\bdevices\\.(?:list|allow|deny)\\b|\\bdevice ?(?:cgroup|allow|filter|polic)\\w*\\b|/sys/fs/cgroup\\S*|\\bbpf device\\b)',
      `(?:\\b(?:${noneThere}|no nvidia|no gpus?|does not (?:list|contain|include|allow)|195|deny|denies|denied|eperm|operation not permitted|blocked|lost|removed|dropped|hides?|hidden|filters?)\\b)`,
      80,
    ),
    saysNot: true,
    check: (said, sentence) =>
      /\b(?:device|nvidia|gpu|195|eperm|permitted)/i.test(sentence) &&
      !/\bmemory\.(?:max|events|limit)|\boom|\bcpuset/i.test(sentence) &&
      !/\bnothing (?:denied|missing)/i.test(said),
    sees: [
      'cat /sys/fs/cgroup/devices/.../devices.list has no nvidia (195) entries',
      'the device cgroup does not allow /dev/nvidia0 any more',
      'cgroup device filter hides the GPUs',
    ],
    ignores: ['cgroup memory limit was reached', 'the device cgroup lists all GPUs'],
  },
  {
    id: 'seen.container.gpus-lost-later',
    summary: 'a running container loses its GPUs after a while',
    role: 'cause',
    weighs: { 'cgroup-device-loss': 4.2, 'gpu-fell-off-bus': 0.3 },
    source: cgroupLoss,
    pattern: any(
      near(
        '\\b(?:containers?|docker|pods?)\\b',
        '\\b(?:loses?|lost|losing|no longer (?:sees?|has)|after (?:some|a few|several|\\d+) (?:hours?|days?|minutes)|suddenly (?:loses|no)|sporadically|later)\\b.{0,50}?\\b(?:gpus?|nvml|devices?|nvidia-smi)\\b',
        60,
      ),
      /\bfailed to initiali[sz]e nvml: unknown error\b/,
    ),
    saysNot: true,
    sees: [
      'the container loses its GPUs after a few hours',
      'nvidia-smi inside the container: Failed to initialize NVML: Unknown Error',
      'after some hours the pod no longer sees the GPU: container lost the device',
    ],
    ignores: ['the container sees all GPUs', 'Failed to initialize NVML: Driver/library version mismatch'],
  },
  {
    id: 'seen.container.gpus-visible',
    summary: 'the GPUs are visible in the container',
    role: 'context',
    weighs: { 'container-toolkit-misconfig': -1.3, 'cgroup-device-loss': -0.9 },
    source: toolkit,
    pattern: near(
      '\\b(?:gpus?|nvidia-smi)\\b.{0,20}?\\b(?:(?:is|are) (?:all )?(?:visible|there|seen|listed|found)|works?|shows all)\\b',
      '\\bin(?:side)? (?:of )?(?:the |a |all )?(?:containers?|pods?|docker)\\b',
      30,
    ),
    sees: ['all GPUs are visible in the container', 'nvidia-smi works inside the pod'],
    ignores: ['the GPUs are not visible in the container', 'nvidia-smi fails in the container'],
  },
  {
    id: 'seen.container.no-gpu',
    summary: 'GPUs are not visible in the container, and are on the host',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 3.8, 'cgroup-device-loss': 1.4 },
    source: toolkit,
    pattern: near(
      '\\b(?:in(?:side|to)? (?:the |a |of the )?(?:containers?|docker|pods?|image)|containers?|pods?|docker run)\\b',
      '\\b(?:no gpus?|nvidia-smi (?:is )?(?:not found|missing|fails?|does not work|unavailable|failed)|(?:gpus?|/dev/nvidia\\S*) (?:is |are )?(?:not (?:visible|found|available|there|seen|mounted)|missing|invisible)|does not see (?:the |any )?gpus?|cannot see (?:the |any )?gpus?|sees no gpus?|cuda (?:is )?not available|failed to initiali[sz]e nvml)\\b',
      60,
    ),
    saysNot: true,
    check: (_said, sentence) => !/unknown error|version mismatch/i.test(sentence),
    sees: [
      'nvidia-smi inside the container: Failed to initialize NVML',
      'no GPUs in the container, the host is fine',
      'inside the pod nvidia-smi is not found',
      'the container does not see any GPU',
    ],
    ignores: ['the container sees all GPUs', 'the GPUs are visible in the pod'],
  },
  {
    id: 'seen.container.toolkit-bad',
    summary: 'the GPU set-up of the container runtime was seen missing or wrong',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 4.6 },
    source: toolkit,
    pattern: any(
      near(
        '(?:\\bnvidia[- ]container[- ](?:toolkit|runtime|cli|hook)\\b|--gpus\\b|\\bruntimeclass(?:name)?\\b|\\bdefault[- ]runtime\\b|\\bcdi(?: spec)?\\b|\\b(?:gpu |k8s |nvidia )?device[- ]plugin\\b|\\bNVIDIA_VISIBLE_DEVICES\\b|\\bNVIDIA_DRIVER_CAPABILITIES\\b|\\bdaemon\\.json\\b|\\bgpu[- ]operator\\b)',
        '\\b(?:missing|not (?:installed|set|configured|passed|given|registered|running|used)|void|none|empty|wrong|without|old|outdated|crash\\w*|forgot(?:ten)?|misconfigured|overwritten|no longer|absent|lacks?|failed|stale)\\b',
        50,
      ),
      inOrder(
        '\\b(?:without|forgot|missing|no)\\b',
        '(?:--gpus\\b|\\bnvidia runtime\\b|\\bnvidia-container-toolkit\\b)',
        15,
      ),
      /\ballocatable\b.{0,30}?\bnvidia\.com\/gpu\b.{0,10}?\b0\b|\bnvidia\.com\/gpu: ?0\b/,
    ),
    saysNot: true,
    check: (_said, sentence) => !/\b(?:validator|dcgm\S*|driver) (?:pod )?of the gpu-operator\b/i.test(sentence),
    sees: [
      'nvidia-container-toolkit is not installed on node-04',
      'the container was started without --gpus',
      'NVIDIA_VISIBLE_DEVICES=void in the pod',
      'the device plugin crashes',
      'the CDI spec is stale',
      'runtimeClassName is missing',
    ],
    ignores: ['the validator of the gpu-operator crashes', 'the toolkit is installed', 'the pods use --gpus all'],
  },
  {
    // An error would name what is missing. What a container narrows without a word is shared memory, or the way to others.
    id: 'seen.container.hangs-inside',
    summary: 'it hangs inside the container, without an error, and works outside',
    role: 'symptom',
    weighs: {
      'shm-too-small': 1.3,
      'socket-interface-mismatch': 0.5,
      'ulimit-too-low': 0.4,
      'rdma-device-missing-in-container': 0.3,
      'gpu-fell-off-bus': -1,
      'gpu-ecc-uncorrectable': -1,
      'nvlink-fabric-error': -1,
      'rdma-link-fault': -1,
      'host-hardware-fault': -1,
      'uneven-data': -1,
    },
    source: 'https://docs.docker.com/reference/cli/docker/container/run/',
    pattern: any(
      inOrder(
        `\\b(?:works?|fine|runs?|ran|ok|succeeds?|trains?)\\b.{0,24}?${outside}`,
        `${hangs}.{0,40}?${insideContainer}`,
        40,
      ),
      inOrder(
        `${hangs}.{0,40}?${insideContainer}`,
        `\\b(?:works?|fine|runs?|ran|ok|succeeds?|trains?)\\b.{0,24}?${outside}`,
        40,
      ),
      new RegExp(`${hangs} only ${insideContainer}`),
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\b(?:in|inside) (?:and|or|as well as) outside\b|\bthe same (?:in|on)\b/i.test(sentence),
    sees: [
      'works on the physical host, blocks without any error in docker',
      'it hangs inside the container but runs fine on the host',
      'training is stuck in Docker and works outside of the container',
      'hangs only in docker',
    ],
    ignores: [
      'the hang is the same in Docker and directly on the host',
      'works on the host but not inside the container',
      'it hangs in the container on every host',
    ],
  },
  {
    id: 'seen.container.only-inside',
    summary: 'it fails inside the container and works outside',
    role: 'context',
    weighs: {
      'container-toolkit-misconfig': 1,
      'rdma-device-missing-in-container': 1,
      'shm-too-small': 0.9,
      'ulimit-too-low': 0.9,
      'cgroup-device-loss': 0.6,
      'permission-misconfig': 0.4,
      'socket-interface-mismatch': 0.6,
      'gpu-fell-off-bus': -1,
      'gpu-ecc-uncorrectable': -1,
      'rdma-link-fault': -0.8,
    },
    source: toolkit,
    pattern: any(
      near(
        '\\b(?:works?|fine|runs?|ok|succeeds?)\\b.{0,20}?\\b(?:outside(?: of)?(?: the| a)? (?:container|docker|pod)|on (?:the )?(?:bare metal|bare-metal|(?:physical )?host)|without (?:docker|a container|the container))\\b',
        '\\b(?:inside|in(?: the| a)? (?:container|docker|pod)|but not|fails?|hangs?)\\b',
        60,
      ),
      /\b(?:only|just) (?:fails?|happens?|occurs?|hangs?|seen)?\s?(?:inside|in|within) (?:the |a )?(?:containers?|docker|pods?)\b|\b(?:fails?|happens?|hangs?) only (?:inside|in|within) (?:the |a )?(?:containers?|docker|pods?)\b/,
    ),
    saysNot: true,
    sees: ['works on the host but not inside the container', 'only happens in docker', 'fails only inside the pod'],
    ignores: ['fails inside and outside of the container'],
  },
  {
    // Whoever says so ran the failing one elsewhere; GPU and driver are sound, and what hands them on is not.
    id: 'seen.host.cuda-works',
    summary: 'CUDA itself works on the host',
    role: 'context',
    weighs: {
      'container-toolkit-misconfig': 1.3,
      'cgroup-device-loss': 0.4,
      'driver-version-mismatch': -0.8,
      'gpu-fell-off-bus': -1.2,
      'gpu-ecc-uncorrectable': -1,
      'gpu-driver-bug': -0.8,
    },
    source: toolkit,
    pattern: near(
      '\\b(?:on|from) (?:the )?(?:bare[- ]metal|host(?: itself| system| machine)?)\\b(?! memory)',
      '\\b(?:cuda(?: samples?| programs?)?|devicequery|vectoradd|pytorch|torch|tensorflow|jax|ffmpeg|nvenc|gpu programs?)\\b.{0,25}?\\b(?:works?|worked|runs?|is fine|succeeds?|passes|(?:sees|finds) (?:all|the|every))\\b',
      30,
    ),
    check: (_said, sentence) =>
      !/\bnot\b|n['’]t\b|\bno\b|\bfails?\b|\bonly on one\b|\bboth\b|\balso (?:in|inside)\b/i.test(sentence),
    sees: ['CUDA works on the host', 'on the host itself deviceQuery passes', 'PyTorch sees all GPUs on the host'],
    ignores: ['CUDA works neither on the host nor in the container, it does not start', 'nvidia-smi works on the host'],
  },
  {
    id: 'seen.container.in-use',
    summary: 'the ranks run in containers or pods',
    role: 'context',
    weighs: {
      'container-toolkit-misconfig': 0.4,
      'rdma-device-missing-in-container': 0.5,
      'shm-too-small': 0.5,
      'ulimit-too-low': 0.4,
      'cgroup-device-loss': 0.3,
      'rendezvous-resolution': 0.3,
      'socket-interface-mismatch': 0.3,
    },
    source: toolkit,
    pattern:
      /\b(?:runs?|running|ran|started|executed|launched|trained|inside|in|the ranks)\b.{0,25}?\b(?:docker|containers?|pods?|kubernetes|singularity|apptainer|enroot)\b/,
    sees: ['the ranks run in Kubernetes pods', 'training runs in a docker container'],
    ignores: ['the job runs on bare metal'],
  },
]);
