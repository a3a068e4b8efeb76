import { factAt } from '../../state/facts/fact-at.ts';
import type { CommandContext } from '../command.ts';

/**
 * /etc/containerd/config.toml as `nvidia-ctk runtime configure --runtime=containerd --set-as-default` leaves it, the tables in the
 * order of their names (pkg/config/engine/containerd of nvidia-container-toolkit, its tests show both versions). Of the file that
 * containerd.io brings it keeps what is no comment; that it switches the CRI plug-in off the site has undone.
 */
export function containerdFile({ timeline, node, nowMs }: CommandContext): string {
  const release = factAt(timeline, { fact: 'container.containerd-release', place: node.name }, nowMs);
  return Number(release.split('.')[0]) < 2
    ? withRuntime(2, 'io.containerd.grpc.v1.cri')
    : withRuntime(3, 'io.containerd.cri.v1.runtime');
}

/** Version 3 has other names for the plug-ins and the same tables below them (containerd, docs/cri/config.md). */
function withRuntime(version: 2 | 3, plugin: string): string {
  const runtimes = `plugins."${plugin}".containerd.runtimes`;
  return `disabled_plugins = []
version = ${version}

[plugins]

  [plugins."${plugin}"]

    [plugins."${plugin}".containerd]
      default_runtime_name = "nvidia"

      [${runtimes}]

        [${runtimes}.nvidia]
          privileged_without_host_devices = false
          runtime_engine = ""
          runtime_root = ""
          runtime_type = "io.containerd.runc.v2"

          [${runtimes}.nvidia.options]
            BinaryName = "/usr/bin/nvidia-container-runtime"
`;
}
