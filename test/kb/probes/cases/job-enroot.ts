import { enrootConfig } from '../../../../kb/probes/enroot-config.ts';
import { printed, type ProbeCases } from '../probe-case.ts';
import { grepped, kernel } from './grepped.ts';

const conf = '/etc/enroot/enroot.conf';
const on = (files: Readonly<Record<string, string>>) => grepped(enrootConfig.argv({}), files);

/** The end of enroot.conf as versions 3 and 4 install it: nothing but comments. */
const untouched = `#ENROOT_LIBRARY_PATH        /usr/lib/enroot
#ENROOT_SYSCONF_PATH        /etc/enroot

# Mount the current user's home directory by default.
#ENROOT_MOUNT_HOME          no

# Restrict /dev inside the container to a minimal set of devices.
#ENROOT_RESTRICT_DEV        no

# Proxy settings:
#https_proxy
`;
const wiki = (more = '') => `ENROOT_RUNTIME_PATH /run/enroot/user-$(id -u)
ENROOT_CACHE_PATH /tmp/enroot-cache/user-$(id -u)
ENROOT_DATA_PATH /tmp/enroot-data/user-$(id -u)
ENROOT_SQUASH_OPTIONS -noI -noD -noF -noX -no-duplicates
ENROOT_MOUNT_HOME n
ENROOT_RESTRICT_DEV y
ENROOT_ROOTFS_WRITABLE y
${more}https_proxy http://user:hunter2@proxy.example.org:3128
`;
const azure =
  'https://github.com/Azure/azurehpc/blob/master/experimental/cc_slurm_pyxis_enroot/cc_slurm_pyxis_enroot/specs/default/cluster-init/files/prolog.sh';
const setup = 'https://github.com/NVIDIA/pyxis/wiki/Setup#enroot-configuration-example';
const shipped = 'https://github.com/NVIDIA/enroot/blob/v3.4.1/conf/enroot.conf.in';
const deepops = 'https://github.com/NVIDIA/deepops/tree/master/roles/slurm-perf/templates/etc/slurm';

const plugstack = '/etc/slurm/plugstack.conf';
const pyxis = { [`${plugstack}.d/pyxis.conf`]: 'required /usr/local/lib/slurm/spank_pyxis.so\n' };
const included = { [plugstack]: `include ${plugstack}.d/*.conf\n`, ...pyxis };

const hook = (name: string, mode = '-rwxr-xr-x', bytes = 3_344) =>
  `${mode} 1 root root ${String(bytes).padStart(4)} Jan 26  2023 ${name}\n`;
const listing = (hooks: string, mounts = '/etc/enroot/mounts.d:\ntotal 8\n') =>
  printed(`/etc/enroot/hooks.d:\ntotal 36\n${hooks}\n${mounts}${hook('10-system.fstab', '-rw-r--r--', 553)}`);
const first = hook('10-aptfix.sh') + hook('10-cgroups.sh') + hook('10-devices.sh') + hook('10-shadow.sh');
// Modes and names as in the repository; the layout as ls (GNU coreutils) 9.1 prints two folders here.
const modes = 'https://github.com/NVIDIA/enroot/tree/v3.4.1/conf/hooks';

export const jobEnrootCases: Readonly<Record<string, ProbeCases>> = {
  'enroot.config': {
    faulty: [
      {
        name: 'few devices, and nobody asks for those of RDMA',
        source: setup,
        output: on({ [conf]: wiki(), ...included }),
        means: ['enroot.config.rdma-not-asked'],
      },
      {
        name: 'few devices, with equals signs',
        source: shipped,
        output: on({ [conf]: 'ENROOT_MOUNT_HOME=y\nENROOT_RESTRICT_DEV=y\n' }),
        means: ['enroot.config.rdma-not-asked'],
      },
      {
        name: 'no RDMA devices for anybody',
        source: 'https://github.com/MrBr-github/lshca/issues/83',
        output: on({ [conf]: wiki(), '/etc/enroot/environ.d/50-devices.env': 'MELLANOX_VISIBLE_DEVICES=none\n' }),
        means: ['enroot.config.rdma-hidden'],
      },
      {
        name: 'no GPUs for anybody',
        source: 'https://github.com/NVIDIA/enroot/issues/54',
        output: on({ [conf]: untouched, [`${conf}.d/site.conf`]: 'NVIDIA_VISIBLE_DEVICES void\n' }),
        means: ['enroot.config.gpus-hidden'],
      },
      {
        name: 'pyxis that Slurm does not read',
        source: 'https://github.com/NVIDIA/pyxis/issues/57',
        output: on({ [conf]: untouched, [plugstack]: '#include plugstack.conf.d/*\n', ...pyxis }),
        means: ['enroot.config.pyxis-not-loaded'],
      },
    ],
    healthy: [
      { name: 'as installed', source: shipped, output: on({ [conf]: untouched }), means: ['enroot.config.usual'] },
      {
        name: 'few devices, those of RDMA among them',
        source: azure,
        output: on({ [conf]: wiki('MELLANOX_VISIBLE_DEVICES all\n'), ...included }),
        means: ['enroot.config.usual'],
      },
      {
        name: 'a later file that takes the restriction back',
        source: 'https://github.com/NVIDIA/enroot/blob/master/enroot.in',
        output: on({ [conf]: wiki(), [`${conf}.d/99-site.conf`]: 'ENROOT_RESTRICT_DEV no\n' }),
        means: ['enroot.config.usual'],
      },
      {
        name: 'files that enroot does not read',
        source: 'https://github.com/NVIDIA/enroot/blob/master/enroot.in',
        output: on({ [conf]: untouched, [`${conf}.d/old.conf.bak`]: 'NVIDIA_VISIBLE_DEVICES void\n' }),
        means: ['enroot.config.usual'],
      },
      {
        name: 'a folder of Slurm that another file includes',
        source: deepops,
        output: on({ [conf]: untouched, ...pyxis }),
        means: ['enroot.config.usual'],
      },
      {
        name: 'no enroot',
        source: 'grep (GNU grep) 3.8, printed here',
        output: on({}),
        means: ['enroot.config.not-there'],
      },
    ],
    garbage: [
      printed('', 127, 'bash: line 1: grep: command not found\n'),
      printed('Welcome to node-01\n'),
      printed(`${conf}:ENROOT_RESTRICT_DEV y\n`),
      printed(`/proc/version:${kernel}\n`, 2, `grep: ${conf}: Permission denied\n`),
    ],
  },
  'enroot.hooks': {
    faulty: [
      {
        name: 'no hook for GPUs',
        source: modes,
        output: listing(first + hook('99-mellanox.sh')),
        means: ['enroot.hooks.gpu-off'],
      },
      {
        name: 'hooks that nobody may execute',
        source: 'https://github.com/NVIDIA/enroot/blob/master/src/common.sh (runparts)',
        output: listing(first + hook('98-nvidia.sh', '-rw-r--r--') + hook('99-mellanox.sh', '-rwxr--r--')),
        means: ['enroot.hooks.gpu-off', 'enroot.hooks.rdma-off'],
      },
      {
        name: 'a hook for RDMA under another name',
        source: modes,
        output: listing(first + hook('98-nvidia.sh') + hook('99-mellanox.sh.disabled')),
        means: ['enroot.hooks.rdma-off'],
      },
    ],
    healthy: [
      {
        name: 'as installed',
        source: modes,
        output: listing(first + hook('98-nvidia.sh') + hook('99-mellanox.sh')),
        means: ['enroot.hooks.whole'],
      },
      {
        name: 'without a folder of mounts',
        source: 'ls (GNU coreutils) 9.1, printed here',
        output: printed(
          `/etc/enroot/hooks.d:\ntotal 36\n${first}${hook('98-nvidia.sh')}${hook('99-mellanox.sh')}`,
          2,
          "ls: cannot access '/etc/enroot/mounts.d': No such file or directory\n",
        ),
        means: ['enroot.hooks.whole'],
      },
      {
        name: 'no enroot',
        source: 'ls (GNU coreutils) 9.1, printed here',
        output: printed(
          '',
          2,
          "ls: cannot access '/etc/enroot/hooks.d': No such file or directory\nls: cannot access '/etc/enroot/mounts.d': No such file or directory\n",
        ),
        means: ['enroot.hooks.not-there'],
      },
    ],
    garbage: [
      printed('', 127, 'bash: line 1: ls: command not found\n'),
      printed('Welcome to node-01\n'),
      printed(`/etc/enroot/hooks.d:\ntotal 36\n${first}`),
      printed('', 2, "ls: cannot open directory '/etc/enroot/hooks.d': Permission denied\n"),
    ],
  },
};
