/**
 * What enroot 3.4 and pyxis 0.20 put on a node that has their packages: settings that nobody changed are comments in
 * enroot.conf, scratch space is the site's (wiki of NVIDIA/pyxis, Setup). Jobs here run in docker; interactive ones may use these.
 */
export const enrootFiles: Readonly<Record<string, () => string>> = {
  '/etc/enroot/enroot.conf': () => enrootConf,
  '/etc/enroot/environ.d/10-terminal.env': () => 'TERM=${TERM}\n',
  '/etc/enroot/hooks.d/98-nvidia.sh': () => nvidiaHook,
  '/etc/slurm/plugstack.conf': () => 'include /etc/slurm/plugstack.conf.d/*\n',
  '/etc/slurm/plugstack.conf.d/pyxis.conf': () => pyxis,
  '/usr/share/pyxis/pyxis.conf': () => pyxis,
};

/** Hooks whose text nobody asks for. */
export const enrootHooks = [
  '10-aptfix.sh',
  '10-cgroups.sh',
  '10-devices.sh',
  '10-home.sh',
  '10-shadow.sh',
  '99-mellanox.sh',
] as const;

// The package is built with `libdir=/usr/lib/$(DEB_HOST_MULTIARCH)` (debian/rules).
const pyxis = 'required /usr/lib/x86_64-linux-gnu/slurm/spank_pyxis.so\n';

const enrootConf = `#ENROOT_LIBRARY_PATH        /usr/lib/enroot
#ENROOT_SYSCONF_PATH        /etc/enroot
ENROOT_RUNTIME_PATH        /run/enroot/user-$(id -u)
#ENROOT_CONFIG_PATH         \${XDG_CONFIG_HOME}/enroot
ENROOT_CACHE_PATH          /raid/enroot/cache/group-$(id -g)
ENROOT_DATA_PATH           /raid/enroot/data/user-$(id -u)
#ENROOT_TEMP_PATH           \${TMPDIR:-/tmp}
#ENROOT_SQUASH_OPTIONS      -comp lzo -noD
#ENROOT_ROOTFS_WRITABLE     no
#ENROOT_REMAP_ROOT          no
#ENROOT_MAX_PROCESSORS      $(nproc)
#ENROOT_MAX_CONNECTIONS     10
#ENROOT_CONNECT_TIMEOUT     30
#ENROOT_TRANSFER_TIMEOUT    0
#ENROOT_TRANSFER_RETRIES    0
#ENROOT_LOGIN_SHELL         yes
#ENROOT_MOUNT_HOME          no
#ENROOT_RESTRICT_DEV        no
`;

/** Shortened to what decides about devices: which GPUs, which capabilities, and who puts them into the container. */
const nvidiaHook = `#! /usr/bin/env bash
# 98-nvidia: GPUs of the host for a container that asks for them with NVIDIA_VISIBLE_DEVICES
set -euo pipefail
source "\${ENROOT_LIBRARY_PATH}/common.sh"

[ "\${NVIDIA_VISIBLE_DEVICES:-void}" = "void" ] && exit 0
arguments=(--no-cgroups "--ldconfig=@$(command -v ldconfig.real || command -v ldconfig)")
[ "\${NVIDIA_VISIBLE_DEVICES}" = "none" ] || arguments+=("--device=\${NVIDIA_VISIBLE_DEVICES}")
for capability in $(tr , ' ' <<< "\${NVIDIA_DRIVER_CAPABILITIES:-utility}"); do
    arguments+=("--\${capability}")
done
command -v nvidia-container-cli > /dev/null || common::err "Command not found: nvidia-container-cli"
exec nvidia-container-cli --user configure "\${arguments[@]}" "\${ENROOT_ROOTFS}"
`;
