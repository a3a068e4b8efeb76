import { factAt } from '../../state/facts/fact-at.ts';
import type { CommandContext } from '../command.ts';
import type { FileReader } from '../host/files.ts';
import { containerdFile } from './containerd-file.ts';
import { enrootFiles } from './enroot-files.ts';

/** Configuration of the container runtime. */
export const containerFiles: Readonly<Record<string, FileReader>> = {
  '/etc/docker/daemon.json': dockerFile,
  '/etc/nvidia-container-runtime/config.toml': () => runtimeConfig,
  '/etc/containerd/config.toml': containerdFile,
  ...enrootFiles,
};

function dockerFile({ timeline, node, nowMs }: CommandContext): string {
  const state = factAt(timeline, { fact: 'container.docker-file', place: node.name }, nowMs);
  const whole = {
    'data-root': '/raid/docker',
    ...(state !== 'no-runtime' && { 'default-runtime': 'nvidia' }),
    'exec-opts': [`native.cgroupdriver=${state === 'systemd-cgroups' ? 'systemd' : 'cgroupfs'}`],
    'live-restore': true,
    'log-driver': 'json-file',
    'log-opts': { 'max-size': '100m', 'max-file': '3' },
    ...(state !== 'no-runtime' && { runtimes: { nvidia: { args: [], path: 'nvidia-container-runtime' } } }),
  };
  return `${JSON.stringify(whole, null, 4)}\n`;
}

/** As nvidia-container-toolkit 1.14 installs it. */
const runtimeConfig = `#accept-nvidia-visible-devices-as-volume-mounts = false
#accept-nvidia-visible-devices-envvar-when-unprivileged = true
disable-require = false
supported-driver-capabilities = "compat32,compute,display,graphics,ngx,utility,video"
#swarm-resource = "DOCKER_RESOURCE_GPU"

[nvidia-container-cli]
#debug = "/var/log/nvidia-container-toolkit.log"
environment = []
#ldcache = "/etc/ld.so.cache"
ldconfig = "@/sbin/ldconfig.real"
load-kmods = true
#no-cgroups = false
#path = "/usr/bin/nvidia-container-cli"
#root = "/run/nvidia/driver"
#user = "root:video"

[nvidia-container-runtime]
#debug = "/var/log/nvidia-container-runtime.log"
log-level = "info"
mode = "auto"
runtimes = ["docker-runc", "runc", "crun"]

[nvidia-container-runtime.modes]

[nvidia-container-runtime.modes.cdi]
annotation-prefixes = ["cdi.k8s.io/"]
default-kind = "nvidia.com/gpu"
spec-dirs = ["/etc/cdi", "/var/run/cdi"]

[nvidia-container-runtime.modes.csv]
mount-spec-path = "/etc/nvidia-container-runtime/host-files-for-container.d"

[nvidia-container-runtime-hook]
path = "nvidia-container-runtime-hook"
skip-mode-detection = false

[nvidia-ctk]
path = "nvidia-ctk"
`;
