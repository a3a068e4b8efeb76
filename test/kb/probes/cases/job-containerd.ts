import { containerdConfig } from '../../../../kb/probes/containerd-config.ts';
import { printed, type ProbeCases } from '../probe-case.ts';
import { grepped, kernel } from './grepped.ts';

const config = '/etc/containerd/config.toml';
const dropIn = '/etc/containerd/conf.d/99-nvidia.toml';
const on = (files: Readonly<Record<string, string>>) => grepped(containerdConfig.argv({}), files);

const cri2 = 'plugins."io.containerd.grpc.v1.cri"';
const cri3 = "plugins.'io.containerd.cri.v1.runtime'";

/** A runtime as nvidia-ctk writes it into a file of version 2. */
const runtime2 = (name: string, binary: string, more = '', type = 'io.containerd.runc.v2') => `
        [${cri2}.containerd.runtimes.${name}]
          privileged_without_host_devices = false
          runtime_engine = ""
          runtime_root = ""
          runtime_type = "${type}"

          [${cri2}.containerd.runtimes.${name}.options]
            BinaryName = "${binary}"
${more}`;
const file2 = (runtimes: string, defaultRuntime = 'runc') => `version = 2

[plugins]

  [${cri2}]
    sandbox_image = "k8s.gcr.io/pause:3.1"

    [${cri2}.containerd]
      default_runtime_name = "${defaultRuntime}"

      [${cri2}.containerd.runtimes]
${runtimes}
    [${cri2}.registry.configs."images.example.org".auth]
      username = "robot"
      password = "hunter2"

[timeouts]
  "io.containerd.timeout.shim.cleanup" = "5s"
`;
const systemd = '            SystemdCgroup = true\n';
const nvidia2 = (more = '') => runtime2('nvidia', '/usr/bin/nvidia-container-runtime', more);
const runc2 = (more = '') => runtime2('runc', '/usr/bin/runc', more);

// As `containerd config default` of 2.x prints it, and the toolkit's file beside it.
const file3 = (imports = `imports = ['/etc/containerd/conf.d/*.toml']\n`) => `version = 3
root = '/var/lib/containerd'
${imports}
disabled_plugins = []
required_plugins = []

[${cri3}]
  enable_selinux = false
  enable_cdi = true
  cdi_spec_dirs = ['/etc/cdi', '/var/run/cdi']

  [${cri3}.containerd]
    default_runtime_name = 'runc'

    [${cri3}.containerd.runtimes]
      [${cri3}.containerd.runtimes.runc]
        runtime_type = 'io.containerd.runc.v2'
        runtime_path = ''

        [${cri3}.containerd.runtimes.runc.options]
          BinaryName = ''
          SystemdCgroup = true
`;
const toolkit3 = (type: string, version = 3) => `version = ${version}

[plugins]

  [plugins."io.containerd.cri.v1.runtime"]
    enable_cdi = true

    [plugins."io.containerd.cri.v1.runtime".containerd]

      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes]

        [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.nvidia]
${type}
          [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.nvidia.options]
            BinaryName = "/usr/local/nvidia/toolkit/nvidia-container-runtime"
            SystemdCgroup = true
`;
const typed = '          runtime_type = "io.containerd.runc.v2"\n';

/** The beginning of what the toolkit's own tests configure, version 1. */
const file1 = `oom_score = 0
root = "/var/lib/containerd"

[plugins]

  [plugins.cri]
    disable_proc_mount = false
    systemd_cgroup = false

    [plugins.cri.containerd]
      no_pivot = false
      snapshotter = "overlayfs"

      [plugins.cri.containerd.default_runtime]
        runtime_type = "io.containerd.runtime.v1.linux"

  [plugins.linux]
    no_shim = false
    runtime = "runc"
    shim = "containerd-shim"
`;
const toolkitTests =
  'https://github.com/NVIDIA/nvidia-container-toolkit/tree/main/test/container/shared/etc/containerd';

export const jobContainerdCases: Readonly<Record<string, ProbeCases>> = {
  'containerd.config': {
    faulty: [
      {
        name: 'a default runtime that it does not have',
        source: 'https://github.com/NVIDIA/gpu-operator/issues/413',
        output: on({ [config]: file2(runc2(), 'nvidia') }),
        means: ['containerd.config.default-unknown', 'containerd.config.no-nvidia-runtime'],
      },
      {
        name: 'written anew by a tool that knows nothing of GPUs',
        source: 'https://github.com/berops/claudie/issues/1786',
        output: on({ [config]: file2(runc2(systemd)) }),
        means: ['containerd.config.no-nvidia-runtime'],
      },
      {
        name: 'version 1 without a runtime for GPUs',
        source: toolkitTests,
        output: on({ [config]: file1 }),
        means: ['containerd.config.no-nvidia-runtime'],
      },
      {
        name: 'a runtime called nvidia that starts runc',
        source: 'https://github.com/NVIDIA/gpu-operator/issues/730',
        output: on({ [config]: file2(runtime2('nvidia', '/usr/bin/runc') + runc2()) }),
        means: ['containerd.config.runtime-not-nvidia'],
      },
      {
        name: 'control groups by systemd for runc alone',
        source: 'https://github.com/NVIDIA/nvidia-docker/issues/1788',
        output: on({ [config]: file2(nvidia2() + runc2(systemd), 'nvidia') }),
        means: ['containerd.config.cgroups-differ'],
      },
      {
        name: 'a runtime for pods, and pods disabled',
        source: 'https://github.com/NVIDIA/gpu-operator/issues/1323',
        output: on({
          [config]: `disabled_plugins = ["cri"]\nimports = ["/etc/containerd/config.toml"]\n${file2(nvidia2(), 'nvidia')}`,
        }),
        means: ['containerd.config.cri-disabled'],
      },
      {
        name: 'pods disabled in an array of several lines',
        source: 'https://github.com/containerd/containerd/blob/main/docs/man/containerd-config.toml.5.md',
        output: on({
          [config]: `disabled_plugins = [\n    "io.containerd.internal.v1.opt",\n    "io.containerd.grpc.v1.cri",\n]\n${file2(nvidia2())}`,
        }),
        means: ['containerd.config.cri-disabled'],
      },
      {
        name: 'the file of the toolkit, not imported',
        source: 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/1404',
        output: on({ [config]: file2(runc2()), [dropIn]: toolkit3(typed, 2) }),
        means: ['containerd.config.not-imported'],
      },
      {
        name: 'a newer file of the toolkit than the one that imports it',
        source: 'https://github.com/NVIDIA/aicr/issues/1688',
        output: on({
          [config]: `imports = ["/etc/containerd/conf.d/*.toml"]\n${file2(runc2(systemd))}`,
          [dropIn]: toolkit3(typed, 4),
        }),
        means: ['containerd.config.import-newer', 'containerd.config.systemd-cgroups'],
      },
      {
        name: 'a runtime without its type',
        source: 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/1956',
        output: on({ [config]: file3(), [dropIn]: toolkit3('') }),
        means: ['containerd.config.runtime-type-missing', 'containerd.config.systemd-cgroups'],
      },
    ],
    healthy: [
      {
        name: 'version 2, runtime class',
        source: 'https://github.com/NVIDIA/gpu-operator/issues/730',
        output: on({ [config]: file2(nvidia2() + runc2()) }),
        means: ['containerd.config.usual'],
      },
      {
        name: 'version 2, the default, control groups by systemd',
        source: 'https://github.com/NVIDIA/nvidia-docker/issues/1788',
        output: on({ [config]: file2(nvidia2(systemd) + runc2(systemd), 'nvidia') }),
        means: ['containerd.config.systemd-cgroups', 'containerd.config.usual'],
      },
      {
        name: 'under another name, as on AKS',
        source: 'https://github.com/Azure/AgentBaker (containerd.toml of GPU nodes)',
        output: on({
          [config]: file2(
            runtime2('nvidia-container-runtime', '/usr/bin/nvidia-container-runtime', systemd),
            'nvidia-container-runtime',
          ),
        }),
        means: ['containerd.config.systemd-cgroups', 'containerd.config.usual'],
      },
      {
        name: 'version 3 and the file of the toolkit',
        source: 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/1260',
        output: on({ [config]: file3(), [dropIn]: toolkit3(typed) }),
        means: ['containerd.config.systemd-cgroups', 'containerd.config.usual'],
      },
      {
        name: 'version 3, the device interface alone',
        source: 'https://github.com/containerd/containerd/blob/main/docs/cri/config.md',
        output: on({ [config]: file3('') }),
        means: ['containerd.config.usual'],
      },
      {
        name: 'only the file of the toolkit',
        source: 'https://github.com/containerd/containerd/blob/main/docs/man/containerd-config.toml.5.md',
        output: on({ [dropIn]: toolkit3(typed) }),
        means: ['containerd.config.systemd-cgroups', 'containerd.config.usual'],
      },
      {
        name: 'as the package of Docker leaves it',
        source: 'https://github.com/docker/containerd-packaging/blob/main/common/containerd.toml',
        output: on({
          [config]:
            '#   Copyright 2018-2022 Docker Inc.\n\ndisabled_plugins = ["cri"]\n\n#root = "/var/lib/containerd"\n',
        }),
        means: ['containerd.config.runs-no-pods'],
      },
      {
        name: 'an empty file',
        source: 'grep (GNU grep) 3.8, printed here',
        output: on({ [config]: '' }),
        means: ['containerd.config.runs-no-pods'],
      },
      {
        name: 'no containerd',
        source: 'grep (GNU grep) 3.8, printed here',
        output: on({}),
        means: ['containerd.config.runs-no-pods'],
      },
    ],
    garbage: [
      printed('', 127, 'bash: line 1: grep: command not found\n'),
      printed('Welcome to node-01\n'),
      printed(`${config}:version = 2\n`),
      printed(`/proc/version:${kernel}\n`, 2, `grep: ${config}: Permission denied\n`),
      printed(`${config}:version = two\n/proc/version:${kernel}\n`),
      printed(`${config}:<plugins>\n/proc/version:${kernel}\n`),
    ],
  },
};
