import { lineDetector } from './line-patterns.ts';

const enroot = 'https://github.com/NVIDIA/enroot/tree/main/conf/hooks';
const pyxis = 'https://github.com/NVIDIA/pyxis/blob/main/pyxis_slurmstepd.c';
const apptainer = 'https://github.com/apptainer/apptainer/tree/main/internal/pkg/runtime';

/** Enroot with pyxis, Apptainer and Singularity: the containers of batch systems. */
export const hpcContainers = lineDetector('hpc-containers', [
  {
    id: 'container.enroot.module-missing',
    summary: 'the unified-memory module of the driver is not loaded when a container starts',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 5, 'container-toolkit-misconfig': 1 },
    source: enroot,
    literals: ['kernel module nvidia_uvm is not loaded'],
    pattern: /Kernel module nvidia_uvm is not loaded/,
    sees: [
      '[WARN] Kernel module nvidia_uvm is not loaded. Make sure the NVIDIA device driver is installed and loaded.',
    ],
    ignores: ['Kernel module nvidia_uvm is loaded'],
  },
  {
    id: 'container.enroot.toolkit-missing',
    summary: 'the node lacks the tool that puts the driver into containers',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 6 },
    source: enroot,
    literals: ['enroot-aufs2ovlfs', 'command not found: nvidia-container-cli', 'nvidia-container-cli not found'],
    pattern:
      /enroot-aufs2ovlfs: command not found|Command not found: nvidia-container-cli|nvidia-container-cli not found/,
    sees: ['[ERROR] Command not found: nvidia-container-cli, see https://github.com/NVIDIA/libnvidia-container'],
    ignores: ['nvidia-container-cli version 1.14.3'],
  },
  {
    id: 'container.apptainer.no-driver-files',
    summary: 'the container runtime was asked for GPUs and finds no driver files on the node',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 3.2, 'driver-version-mismatch': 2.6, 'user-code-error': 0.6 },
    source: 'https://github.com/apptainer/apptainer/blob/main/internal/pkg/util/gpu/nvidia.go',
    literals: ['could not find any nv files', 'could not find any nv libraries', 'while finding nv bind points'],
    pattern: /Could not find any nv (?:files|libraries) on this host|While finding nv bind points/,
    sees: [
      'INFO:    Could not find any nv files on this host!',
      'WARNING: Could not find any nv libraries on this host!',
    ],
    ignores: ['INFO:    Could not find any nv binaries on this host!'],
  },
  {
    id: 'container.image.file-missing',
    summary: 'the image file of a container is not there or cannot be read',
    role: 'cause',
    weighs: { 'user-code-error': 3.6, 'shared-fs-problem': 1.8, 'disk-full': 0.3 },
    source: apptainer,
    literals: [
      'could not open image',
      'no such file or directory: ',
      'bad superblock',
      'invalid image format',

      'image format not recognized',
    ],
    pattern:
      /FATAL: {1,4}[Cc]ould not open image|\[ERROR\] No such file or directory: \S{1,300}|\[ERROR\] Invalid image format|bad superblock for squashfs|image format not recognized/,
    sees: [
      'FATAL:   could not open image /data/train.sif: failed to retrieve path for /data/train.sif: lstat /data/train.sif: no such file or directory',
      'pyxis:     [ERROR] No such file or directory: /data/train.sqsh',
      'FATAL:   container creation failed: mount hook function failure: mount /proc/self/fd/3->/var/lib/apptainer/mnt/session/rootfs error: while mounting image /proc/self/fd/3: kernel reported a bad superblock for squashfs image partition',
    ],
    ignores: ['INFO:    Using cached SIF image'],
  },
  {
    id: 'container.enroot.no-space',
    summary: 'the place where images are unpacked is full',
    role: 'cause',
    weighs: { 'disk-full': 6 },
    source: 'https://github.com/NVIDIA/enroot/blob/main/src/docker.sh',
    literals: ['not enough space left in'],
    pattern: /Not enough space left in \S{1,200} \(\d{1,15} KB needed\)/,
    sees: ['[ERROR] Not enough space left in /run/enroot (31457280 KB needed)'],
    ignores: ['enough space left in /run/enroot'],
  },
  {
    id: 'container.enroot.shell-missing',
    summary: 'the image has no shell to start the container with',
    role: 'cause',
    weighs: { 'user-code-error': 2.8, 'container-toolkit-misconfig': 2.4 },
    source: 'https://github.com/NVIDIA/pyxis/issues/61',
    literals: ['enroot-switchroot: failed to execute'],
    pattern: /enroot-switchroot: failed to execute: \S{1,120}: No such file or directory/,
    sees: ['slurmstepd: error: pyxis:     enroot-switchroot: failed to execute: /bin/bash: No such file or directory'],
    ignores: ['enroot-switchroot: executing /bin/bash'],
  },
  {
    id: 'container.enroot.mount-denied',
    summary:
      'a directory cannot be mounted into a container: its user may not read it, as root may not where root is squashed',
    role: 'cause',
    weighs: { 'permission-misconfig': 4, 'shared-fs-problem': 0.8, 'container-toolkit-misconfig': 0.8 },
    source: 'https://github.com/NVIDIA/enroot/blob/main/bin/enroot-mount.c',
    literals: ['enroot-mount:'],
    pattern: /enroot-mount: failed to [^\n]{1,300}: Permission denied/,
    sees: [
      'slurmstepd: error: pyxis:     enroot-mount: failed to mount: /data/coco at /run/enroot/data/user-0/pyxis_train/data: Permission denied',
    ],
    ignores: ['enroot-mount: failed to mount: /lustre/team at /raid/enroot/pyxis_4242.0/team: Operation not permitted'],
  },
  {
    id: 'container.enroot.mount-missing',
    summary: 'a directory or file that is to be mounted into a container is not there',
    role: 'cause',
    weighs: { 'user-code-error': 3.2, 'shared-fs-problem': 1.6, 'container-toolkit-misconfig': 0.8 },
    source: 'https://github.com/NVIDIA/enroot/blob/main/bin/enroot-mount.c',
    literals: ['enroot-mount:'],
    pattern: /enroot-mount: failed to [^\n]{1,300}: (?:No such file or directory|Not a directory)/,
    sees: ['enroot-mount: failed to mount: /data/coco at /run/enroot/pyxis_4242.0/data: No such file or directory'],
    ignores: ['enroot-mount: failed to mount: /lustre/team at /raid/enroot/pyxis_4242.0/team: Operation not permitted'],
  },
  {
    id: 'container.enroot.mount-failed',
    summary: 'an unprivileged container cannot mount what it was told to',
    role: 'cause',
    weighs: {
      'permission-misconfig': 2.8,
      'container-toolkit-misconfig': 2.4,
      'user-code-error': 1.4,
      'shared-fs-problem': 0.8,
    },
    source: 'https://github.com/NVIDIA/enroot/blob/main/bin/enroot-mount.c',
    literals: ['enroot-mount:', 'failed to mount overlay', 'enroot-switchroot:', 'enroot-nsenter:'],
    pattern: /enroot-(?:mount|switchroot|nsenter): failed to [^\n]{1,300}|failed to mount overlay/,
    sees: ['enroot-mount: failed to mount: /lustre/team at /raid/enroot/pyxis_4242.0/team: Operation not permitted'],
    ignores: ['enroot-mount: mounted /lustre/team'],
  },
  {
    id: 'container.runtime-dir',
    summary: 'the container tool cannot make its own working directory',
    role: 'cause',
    weighs: { 'permission-misconfig': 5, 'disk-full': 0.8 },
    source: 'https://github.com/NVIDIA/pyxis/blob/main/pyxis_slurmd.c',
    literals: ["pyxis: slurmd: couldn't mkdir", "pyxis: couldn't mkdir", "pyxis: couldn't chown"],
    pattern:
      /pyxis: (?:slurmd: )?couldn't (?:mkdir|chown) [^\n]{1,200}: (?:Permission denied|Operation not permitted|No such file or directory|Read-only file system)/,
    sees: ["slurmstepd: error: pyxis: couldn't mkdir /run/pyxis/1000: Permission denied"],
    ignores: ['pyxis: completed container setup in 812 ms'],
  },
  {
    // pyxis names the exit status of its child as a shell does: 128 and the signal that killed it.
    id: 'container.pyxis.killed',
    summary: 'the process that imports or starts a container was killed by the signal that cannot be caught',
    role: 'cause',
    weighs: { 'host-oom': 3, 'scheduler-action': 0.8 },
    echoes: ['slurm.oom.killed', 'process.killed-silently', 'torch.elastic.exit-sigkill'],
    source: pyxis,
    literals: ['failed with error code: 137', 'terminated with signal 9'],
    pattern:
      /pyxis: (?:child \d{1,8}|container start|importer(?: \S{1,120})?) (?:failed with error code: 137\b|terminated with signal 9\b)/,
    sees: [
      'slurmstepd: error: pyxis: child 4242 failed with error code: 137',
      '[2026-11-21T03:12:59.163] [19.0] error: pyxis: container start failed with error code: 137',
      'slurmstepd: error: pyxis: child 4242 terminated with signal 9',
    ],
    ignores: [
      'slurmstepd: error: pyxis: child 4242 failed with error code: 1',
      'slurmstepd: error: pyxis: child 4242 terminated with signal 15',
    ],
  },
  {
    // It stands above the log of enroot, whatever that tells: rights, a full disk, want of memory, a wrong name.
    id: 'container.pyxis.import-failed',
    summary: 'the image of a batch step could not be imported; the reason stands in the lines below',
    role: 'cause',
    weighs: {
      'user-code-error': 1,
      'container-toolkit-misconfig': 0.8,
      'permission-misconfig': 0.8,
      'disk-full': 0.6,
      'host-oom': 0.5,
      'firewall-blocked': 0.5,
    },
    source: 'https://github.com/NVIDIA/enroot/issues/83',
    literals: ['pyxis: failed to import docker image'],
    pattern: /pyxis: failed to import docker image/,
    sees: ['slurmstepd: error: pyxis: failed to import docker image'],
    ignores: ['pyxis: importing docker image: nvcr.io#nvidia/pytorch:24.03-py3'],
  },
  {
    id: 'container.pyxis.failed',
    summary: 'the container of a batch step did not start; the reason stands in the lines beside it',
    role: 'symptom',
    weighs: {
      'container-toolkit-misconfig': 1.4,
      'user-code-error': 0.7,
      'permission-misconfig': 0.7,
      'disk-full': 0.3,
      'shared-fs-problem': 0.3,
    },
    source: pyxis,
    literals: [
      'container creation failed',
      'pyxis: container start failed',
      "pyxis: couldn't start container",
      'pyxis: failed to',
      'pyxis: child ',
      'pyxis: container exited too soon',
      'pyxis: container start error',

      '[error]',
    ],
    pattern:
      /pyxis: (?:container start (?:failed|error)|couldn't start container|failed to (?:create|start|export)|child \d{1,8} (?:failed|terminated)|container exited too soon)|FATAL: {1,4}container creation failed|\[ERROR\] \/\S{0,80}enroot\/hooks\.d\/\S{1,60} exited with return code [1-9]/,
    sees: [
      'slurmstepd: error: pyxis: container start failed with error code: 1',
      'slurmstepd: error: pyxis: child 4242 failed with error code: 1',
    ],
    ignores: [
      'pyxis: imported docker image: nvcr.io#nvidia/pytorch:24.03-py3',
      'slurmstepd: pyxis: importing docker image',
    ],
  },
  {
    id: 'container.bind.skipped',
    summary: 'a mount into the container was left out',
    role: 'context',
    weighs: { 'user-code-error': 0.6, 'container-toolkit-misconfig': 0.5, 'shared-fs-problem': 0.4 },
    source: apptainer,
    literals: ["doesn't exist in container", 'while bind mounting', 'bind mount: ', 'skipping mount'],
    pattern:
      /WARNING: {1,4}(?:[Ss]kipping (?:mount )?[^\n]{1,200}(?:bind mount: |doesn't exist in container)|While bind mounting )/,
    sees: ["WARNING: Skipping mount /data [binds]: /data doesn't exist in container"],
    ignores: ['INFO:    bind mount: done'],
  },
]);
