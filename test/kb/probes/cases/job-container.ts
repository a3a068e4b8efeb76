import { printed, type ProbeCases } from '../probe-case.ts';
import { eightGpus } from './gpu-node.ts';
import { cutOutputs, eightRanks, nobody, one, ranks, script } from './job-output.ts';

const noTrainers = { name: 'a node without a job', source: script, output: nobody, means: ['job.trainers.none'] };
const node = { ...eightGpus, hcas: [0, 1, 2, 3].map((at) => ({ name: `mlx5_${at}`, port: 1 })) };

const device = (name: string, numbers: string, mode = 'crw-rw-rw-') => `${name} ${mode} 0 0 ${numbers}\n`;
const devices = (gpus: number, verbs: number, uvm = true, mode = 'crw-rw-rw-') =>
  [
    ...Array.from({ length: verbs }, (_one, at) => device(`infiniband/uverbs${at}`, `231:${192 + at}`)),
    device('nvidia-caps/nvidia-cap1', '238:1', 'cr--------'),
    ...(uvm ? [device('nvidia-uvm', '509:0')] : []),
    ...Array.from({ length: gpus }, (_one, at) => device(`nvidia${at}`, `195:${at}`, mode)),
    device('nvidiactl', '195:255'),
  ].join('');

// The root and /dev/shm as printed here; the network file systems from the manual pages of their clients.
const lustre = '512 490 0:83 / /lustre rw,noatime - lustre 10.0.0.5@o2ib:/scratch rw,flock,lazystatfs\n';
const mounts = (shmKib: number, usedKib: number, network = lustre) =>
  `490 400 0:210 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/AB,workdir=/var/lib/docker/overlay2/w\n${
    network
  }513 495 0:84 / /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=${shmKib}k\nshm ${shmKib} ${usedKib}\n`;

const library = (path: string, real = path) => `${path} ${real}\n`;
const system = '/usr/lib/x86_64-linux-gnu';
const libraries = (changes: Readonly<Record<string, string>> = {}) =>
  Object.values({
    cuda: library(`${system}/libcuda.so.550.90.07`),
    cudart: library('/usr/local/cuda-12.4/targets/x86_64-linux/lib/libcudart.so.12.4.127'),
    verbs: library(`${system}/libibverbs.so.1.14.48.0`),
    mlx5: library(`${system}/libmlx5.so.1.25.48.0`),
    nccl: library(`${system}/libnccl.so.2.21.5`),
    ml: library(`${system}/libnvidia-ml.so.550.90.07`),
    torch: library('/opt/conda/lib/python3.10/site-packages/torch/lib/libtorch_cuda.so'),
    ...changes,
  }).join('');

const cliSource = 'https://github.com/NVIDIA/nvidia-docker/issues/1506';
const uuidOf = (index: number) => eightGpus.gpus[index]?.uuid ?? '';
const info = (gpus: number) =>
  printed(
    `NVRM version:   550.90.07\nCUDA version:   12.4\n${Array.from(
      { length: gpus },
      (_one, at) => `
Device Index:   ${at}
Device Minor:   ${at}
Model:          NVIDIA A800-SXM4-80GB
Brand:          Nvidia
GPU UUID:       ${uuidOf(at)}
Bus Location:   ${eightGpus.gpus[at]?.pciBusId ?? ''}
Architecture:   8.0
`,
    ).join('')}`,
  );

const toml = (cgroups: string, modules = 'true') => `disable-require = false
#swarm-resource = "DOCKER_RESOURCE_GPU"

[nvidia-container-cli]
#debug = "/var/log/nvidia-container-toolkit.log"
environment = []
ldconfig = "@/sbin/ldconfig.real"
load-kmods = ${modules}
no-cgroups = ${cgroups}
#root = "/run/nvidia/driver"

[nvidia-container-runtime]
log-level = "info"
mode = "auto"
runtimes = ["docker-runc", "runc"]
`;
const tomlSource = 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/572';

const daemon = (more: Readonly<Record<string, unknown>>) =>
  printed(
    `${JSON.stringify({ runtimes: { nvidia: { args: [], path: 'nvidia-container-runtime' } }, ...more }, null, 4)}\n`,
  );
const daemonSource = 'https://github.com/NVIDIA/nvidia-docker/issues/1730';

const entry = (name: string, numbers: string, mode = 'crw-rw-rw-') =>
  `${mode} 1 root root ${numbers} Sep 21 13:28 ${name}\n`;
const caps = `\n/dev/nvidia-caps:\ntotal 0\n${entry('nvidia-cap1', '234, 1', 'cr--------')}${entry('nvidia-cap2', '234, 2', 'cr--r--r--')}`;
const nodes = (mode = 'crw-rw-rw-') =>
  entry('/dev/nvidia-uvm', '509,   0') +
  entry('/dev/nvidia-uvm-tools', '509,   1') +
  entry('/dev/nvidia0', '195,   0', mode) +
  entry('/dev/nvidiactl', '195, 255') +
  caps;
const missing = (...paths: readonly string[]) =>
  paths.map((path) => `ls: cannot access '${path}': No such file or directory\n`).join('');
const nodesSource = 'https://github.com/NVIDIA/gpu-operator/issues/2685';

export const jobContainerCases: Readonly<Record<string, ProbeCases>> = {
  'container.devices': {
    faulty: [
      {
        name: 'no RDMA in the container, by the inventory',
        source: script,
        output: eightRanks(() => devices(8, 0)),
        node,
        means: ['container.devices.rdma-missing'],
      },
      {
        name: 'no RDMA in one rank, by its siblings',
        source: script,
        output: eightRanks(one(3, devices(8, 0), devices(8, 4))),
        means: ['container.devices.rdma-missing'],
      },
      {
        name: 'half of the adapters',
        source: script,
        output: eightRanks(() => devices(8, 2)),
        node,
        means: ['container.devices.rdma-count-differs'],
      },
      {
        name: 'no GPU',
        source: script,
        output: eightRanks(one(6, devices(0, 4), devices(8, 4))),
        means: ['container.devices.gpu-missing'],
      },
      {
        name: 'no unified memory',
        source: nodesSource,
        output: eightRanks(() => devices(8, 4, false)),
        means: ['container.devices.gpu-missing'],
      },
      {
        name: 'seven GPUs',
        source: script,
        output: eightRanks(one(0, devices(7, 4), devices(8, 4))),
        means: ['container.devices.gpu-count-differs'],
      },
      {
        name: 'devices of the video group',
        source: script,
        output: eightRanks(() => devices(8, 4, true, 'crw-rw----')),
        means: ['container.devices.not-permitted'],
      },
    ],
    healthy: [
      {
        name: 'all devices',
        source: script,
        output: eightRanks(() => devices(8, 4)),
        node,
        means: ['container.devices.whole'],
      },
      {
        name: 'a GPU for each rank',
        source: script,
        output: eightRanks((local) => devices(1, 4).replace('nvidia0', `nvidia${local}`)),
        means: ['container.devices.whole'],
      },
      noTrainers,
    ],
    garbage: [...cutOutputs, ranks(['nvidia0 crw-rw'])],
  },
  'container.mounts': {
    faulty: [
      {
        name: 'the default of Docker',
        source: 'https://docs.docker.com/reference/cli/docker/container/run/#options',
        output: eightRanks(() => mounts(65_536, 12)),
        means: ['container.mounts.shm-default'],
      },
      {
        name: 'half a gibibyte',
        source: script,
        output: eightRanks(() => mounts(524_288, 12)),
        means: ['container.mounts.shm-small'],
      },
      {
        name: 'full',
        source: script,
        output: eightRanks(() => mounts(1_056_768_000, 1_050_000_000)),
        means: ['container.mounts.shm-full'],
      },
      {
        name: 'one rank without the shared file system',
        source: script,
        output: eightRanks(one(4, mounts(1_056_768_000, 900, ''), mounts(1_056_768_000, 900))),
        means: ['container.mounts.shared-differs'],
      },
    ],
    healthy: [
      {
        name: 'shared memory of the host',
        source: script,
        output: eightRanks(() => mounts(1_056_768_000, 4_000_000)),
        means: ['container.mounts.sound'],
      },
      {
        name: 'as printed here',
        source: script,
        output: ranks([
          '25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684092k\n27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard,resv_strict,resuid=65534,resgid=65534\nshm 24684092 0\n',
        ]),
        means: ['container.mounts.sound'],
      },
      {
        name: 'data that is read-only on purpose',
        source: script,
        output: eightRanks(() => mounts(1_056_768_000, 900, lustre.replace(' rw,noatime', ' ro,noatime'))),
        means: ['container.mounts.shared-read-only', 'container.mounts.sound'],
      },
      noTrainers,
    ],
    garbage: [...cutOutputs, ranks(['shm 65536']), ranks(['not a mount\nshm 65536 0'])],
  },
  'container.libraries': {
    faulty: [
      {
        name: 'one rank with an older NCCL',
        source: script,
        output: eightRanks(one(2, libraries({ nccl: library(`${system}/libnccl.so.2.18.5`) }), libraries())),
        means: ['container.libraries.nccl-differs'],
      },
      {
        name: 'one rank with the NCCL of another environment',
        source: script,
        output: eightRanks((local) =>
          libraries({
            nccl: library(`/opt/${local === 0 ? 'old' : 'new'}/site-packages/nvidia/nccl/lib/libnccl.so.2`),
          }),
        ),
        means: ['container.libraries.nccl-differs'],
      },
      {
        name: 'one rank with another driver library',
        source: script,
        output: eightRanks(
          one(7, libraries({ cuda: library('/usr/local/cuda-12.2/compat/libcuda.so.535.104.05') }), libraries()),
        ),
        means: ['container.libraries.cuda-differs'],
      },
      {
        name: 'one rank without verbs',
        source: script,
        output: eightRanks(one(5, libraries({ verbs: '', mlx5: '' }), libraries())),
        means: ['container.libraries.network-differs', 'container.libraries.network-differs'],
      },
      {
        name: 'NCCL twice',
        source: script,
        output: ranks([
          libraries({ other: library('/opt/conda/lib/python3.10/site-packages/nvidia/nccl/lib/libnccl.so.2') }),
        ]),
        means: ['container.libraries.nccl-twice'],
      },
      {
        name: 'libraries of two drivers in one rank',
        source: script,
        output: ranks([libraries({ ml: library(`${system}/libnvidia-ml.so.535.183.01`) })]),
        means: ['container.libraries.driver-parts-differ'],
      },
      {
        name: 'a driver that was updated under the job',
        source: script,
        output: eightRanks(() => libraries({ ml: library(`${system}/libnvidia-ml.so.550.90.07`, '(deleted)') })),
        means: ['container.libraries.replaced'],
      },
    ],
    healthy: [
      { name: 'alike', source: script, output: eightRanks(() => libraries()), means: ['container.libraries.agree'] },
      {
        name: 'a newer CUDA by its compatibility package',
        source: 'https://docs.nvidia.com/deploy/cuda-compatibility/',
        output: eightRanks(() => libraries({ cuda: library('/usr/local/cuda/compat/lib.real/libcuda.so.560.35.03') })),
        means: ['container.libraries.agree'],
      },
      {
        name: 'processes that have loaded none, as printed here',
        source: script,
        output: ranks(['', '']),
        means: ['container.libraries.agree'],
      },
      noTrainers,
    ],
    garbage: [...cutOutputs, ranks(['libnccl.so.2'])],
  },
  'container.runtime': {
    faulty: [
      {
        name: 'a driver that was updated without a restart',
        source: 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/394',
        output: printed(
          '',
          1,
          'nvidia-container-cli: initialization error: nvml error: driver/library version mismatch\n',
        ),
        means: ['container.runtime.driver-mismatch'],
      },
      {
        name: 'a driver that is not loaded',
        source: 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/1269',
        output: printed('', 1, 'nvidia-container-cli: initialization error: nvml error: driver not loaded\n'),
        means: ['container.runtime.driver-mismatch'],
      },
      {
        name: 'a device that cannot be set up',
        source: 'https://github.com/NVIDIA/nvidia-docker/issues/1060',
        output: printed('', 1, 'nvidia-container-cli: initialization error: cuda error: invalid device ordinal\n'),
        means: ['container.runtime.failed'],
      },
      {
        name: 'seven of eight',
        source: cliSource,
        output: info(7),
        node: eightGpus,
        means: ['container.runtime.gpu-missing gpu 7'],
      },
    ],
    healthy: [
      { name: 'all eight', source: cliSource, output: info(8), node: eightGpus, means: ['container.runtime.ready'] },
    ],
    garbage: [
      printed('', 127, 'bash: line 1: nvidia-container-cli: command not found\n'),
      printed('Welcome to node-01\n'),
      printed('NVRM version:   550.90.07\nCUDA version:   12.4\n\nGPU UUID:       GPU-1\n'),
      { ...info(8), exitCode: null },
    ],
  },
  'container.config': {
    faulty: [
      {
        name: 'no control groups',
        source: tomlSource,
        output: printed(toml('true')),
        means: ['container.config.no-cgroups'],
      },
      {
        name: 'modules are not loaded',
        source: tomlSource,
        output: printed(toml('false', 'false')),
        means: ['container.config.modules-not-loaded'],
      },
    ],
    healthy: [
      { name: 'as installed', source: tomlSource, output: printed(toml('false')), means: ['container.config.usual'] },
      {
        name: 'with a driver container',
        source: tomlSource,
        output: printed(toml('false').replace('#root', 'root')),
        means: ['container.config.other-root', 'container.config.usual'],
      },
    ],
    garbage: [
      printed('', 1, 'cat: /etc/nvidia-container-runtime/config.toml: No such file or directory\n'),
      printed('<html>\n'),
      printed('a = 1\n'),
      printed(toml('true').slice(0, toml('true').indexOf('[nvidia-container-runtime]'))),
    ],
  },
  'docker.config': {
    faulty: [
      {
        name: 'a default that nobody knows',
        source: 'https://github.com/rapidsai/node/issues/324',
        output: printed('{"default-runtime": "nvidia"}\n'),
        means: ['docker.config.runtime-missing'],
      },
      {
        name: 'a limit of locked memory',
        source: 'https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file',
        output: daemon({ 'default-ulimits': { memlock: { Name: 'memlock', Soft: 67_108_864, Hard: 67_108_864 } } }),
        means: ['docker.config.memlock-limited'],
      },
    ],
    healthy: [
      {
        name: 'control groups of systemd',
        source: daemonSource,
        output: daemon({ 'exec-opts': ['native.cgroupdriver=systemd'] }),
        means: ['docker.config.systemd-cgroups', 'docker.config.runtime-known'],
      },
      {
        name: 'the recommended one',
        source: daemonSource,
        output: daemon({
          'default-runtime': 'nvidia',
          'exec-opts': ['native.cgroupdriver=cgroupfs'],
          'default-ulimits': { memlock: { Name: 'memlock', Soft: -1, Hard: -1 } },
        }),
        means: ['docker.config.usual'],
      },
      { name: 'nothing set', source: daemonSource, output: printed('{}\n'), means: ['docker.config.usual'] },
    ],
    garbage: [
      printed('', 1, 'cat: /etc/docker/daemon.json: No such file or directory\n'),
      printed('{"runtimes": \n'),
      printed('[]\n'),
      printed('{"runtimes": 7}\n'),
    ],
  },
  'device.nodes': {
    faulty: [
      {
        name: 'no driver',
        source: nodesSource,
        output: printed(
          '',
          2,
          missing('/dev/nvidia0', '/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia-uvm-tools', '/dev/nvidia-caps'),
        ),
        means: ['device.nodes.driver-missing'],
      },
      {
        name: 'no unified memory',
        source: nodesSource,
        output: printed(
          nodes().split('\n').slice(2).join('\n'),
          2,
          missing('/dev/nvidia-uvm', '/dev/nvidia-uvm-tools'),
        ),
        means: ['device.nodes.uvm-missing'],
      },
      {
        name: 'closed to users',
        source: 'https://download.nvidia.com/XFree86/Linux-x86_64/550.90.07/README/faq.html',
        output: printed(nodes('crw-rw----')),
        means: ['device.nodes.not-permitted'],
      },
    ],
    healthy: [
      { name: 'all there', source: nodesSource, output: printed(nodes()), means: ['device.nodes.there'] },
      {
        name: 'a node that never had MIG',
        source: nodesSource,
        output: printed(nodes().slice(0, -caps.length), 2, missing('/dev/nvidia-caps')),
        means: ['device.nodes.there'],
      },
    ],
    garbage: [
      printed('', 127, 'bash: line 1: ls: command not found\n'),
      printed('Welcome to node-01\n'),
      printed(entry('/dev/nvidia0', '195,   0')),
      { ...printed(nodes()), exitCode: null },
    ],
  },
};
