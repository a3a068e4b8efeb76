import { lineDetector } from './line-patterns.ts';

/** Images that pyxis imports for a step: it names them itself, after user, job and step, the same on every node. */
export const pyxisImages = lineDetector('pyxis-images', [
  {
    // `runtime_path/uid/job.step.squashfs`; the default lies in /run, and /tmp, /var and /dev/shm belong to one node too.
    id: 'container.pyxis.image-shared',
    summary:
      'the image that pyxis imports for a step is gone or half written, and lies where other nodes write the same one',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.6, 'container-toolkit-misconfig': 1.2, 'disk-full': 0.6 },
    source: 'https://github.com/NVIDIA/pyxis/wiki/Setup#slurm-plugstack-configuration',
    literals: ['.squashfs'],
    pattern:
      /(?:SQUASHFS superblock on|No such file or directory:|[Ff]ailed to (?:open|read|mount)|[Cc]ould not open|[Cc]annot open)[^\n]{0,40}? (?!\/(?:run|tmp|var|dev|local|localdisk|nvme\w*|mnt\/(?:local\w*|nvme\w*|ssd\w*))\/)\/\S{0,200}\/\d{1,10}\/\d{1,10}\.\d{1,6}\.squashfs\b/,
    sees: [
      "slurmstepd: error: pyxis:     Can't find a SQUASHFS superblock on /fsx/pyxis/1000/385.0.squashfs",
      'slurmstepd: error: pyxis:     [ERROR] No such file or directory: /lustre/pyxis/1000/4242.1.squashfs',
    ],
    ignores: [
      'slurmstepd: error: pyxis:     [ERROR] No such file or directory: /run/pyxis/1000/4242.0.squashfs',
      'slurmstepd: error: pyxis:     Creating 4.0 filesystem on /data/pyxis/1000/7.0.squashfs, block size 131072.',
      "FATAL ERROR:Can't find a valid SQUASHFS superblock on /images/train.sqsh",
    ],
  },
  {
    id: 'container.image.target-taken',
    summary: 'the file that an image is to be packed into is there already and is no image, or not yet',
    role: 'symptom',
    weighs: { 'shared-fs-problem': 1.2, 'disk-full': 0.4, 'user-code-error': 0.4 },
    source: 'https://github.com/plougher/squashfs-tools/blob/master/squashfs-tools/mksquashfs.c',
    literals: ['will not overwrite - aborting', 'to force mksquashfs to write'],
    pattern:
      /Failed to read existing filesystem - will not overwrite - ABORTING|To force Mksquashfs to write to this /i,
    sees: [
      'slurmstepd: error: pyxis:     Failed to read existing filesystem - will not overwrite - ABORTING!',
      'To force Mksquashfs to write to this block device or file use -noappend',
    ],
    ignores: ['Creating 4.0 filesystem on /run/pyxis/1000/7.0.squashfs, block size 131072.'],
  },
]);
