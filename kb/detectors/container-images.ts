import { lineDetector } from './line-patterns.ts';

const distribution = 'https://github.com/distribution/distribution/blob/main/registry/api/errcode/register.go';
const enroot = 'https://github.com/NVIDIA/enroot/blob/main/src/docker.sh';
const apptainer = 'https://github.com/apptainer/apptainer/tree/main/internal/pkg/runtime';

/** Images that cannot be fetched, unpacked or mounted, and the tools that should do it. */
export const containerImages = lineDetector('container-images', [
  {
    id: 'container.image.rate-limited',
    summary: 'a registry refuses images because it was asked for too many',
    role: 'cause',
    weighs: { 'user-code-error': 1.8, unlisted: 1.4, 'permission-misconfig': 0.4 },
    source: distribution,
    literals: ['toomanyrequests', 'pull rate limit', 'returned error code: 429', '429 too many requests'],
    pattern:
      /\btoomanyrequests\b|You have reached your (?:unauthenticated )?pull rate limit|URL https:\/\/\S{1,200} returned error code: 429|\/v2\/[^\n]{1,200}429 Too Many Requests/,
    sees: [
      'Failed to pull image "x": toomanyrequests: You have reached your pull rate limit.',
      '[ERROR] URL https://registry-1.docker.io/v2/x/manifests/1 returned error code: 429 Too Many Requests',
    ],
    ignores: ['huggingface_hub: 429 Client Error: Too Many Requests for url: https://example.org/api'],
  },
  {
    id: 'container.registry.unreachable',
    summary: 'a registry of images cannot be reached from the node',
    role: 'cause',
    weighs: { 'firewall-blocked': 2.2, 'user-code-error': 1.4, unlisted: 0.6, 'facility-fault': 0.4 },
    source: 'https://github.com/moby/moby/blob/master/registry/auth.go',
    literals: ['/v2/', 'failed to pull image "', 'no such host'],
    pattern:
      /(?:https:\/\/\S{1,200}\/v2\/|Failed to pull image ")(?![^\n]{0,400}proxyconnect)[^\n]{0,400}(?:no such host|TLS handshake timeout|i\/o timeout|connection refused|request canceled while waiting for connection|no route to host|network is unreachable)/,
    sees: [
      'docker: Error response from daemon: Get "https://nvcr.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
      'Failed to pull image "x": failed to do request: Head "https://registry-1.docker.io/v2/x": dial tcp: lookup registry-1.docker.io on 10.0.0.2:53: no such host',
    ],
    ignores: ['Get "https://nvcr.io/v2/": unauthorized: authentication required'],
  },
  {
    id: 'container.image.no-login',
    summary: 'the node or the user has no login for the registry of an image',
    role: 'cause',
    weighs: { 'permission-misconfig': 2.6, 'user-code-error': 2.4 },
    source: distribution,
    literals: ['no basic auth credentials', 'failedtoretrieveimagepullsecret', 'error getting credentials - err'],
    pattern: /no basic auth credentials|\bFailedToRetrieveImagePullSecret\b|error getting credentials - err: /,
    sees: [
      'docker: Error response from daemon: Head "https://nvcr.io/v2/x/manifests/1": no basic auth credentials',
      'docker: error getting credentials - err: exec: "docker-credential-desktop": executable file not found in $PATH',
    ],
    ignores: ['Login Succeeded'],
  },
  {
    id: 'container.image.damaged',
    summary: 'an image, or a layer of it, is cut off or damaged',
    role: 'cause',
    weighs: { 'user-code-error': 1.6, 'shared-fs-problem': 1.8, 'disk-full': 1, unlisted: 0.4 },
    source: 'https://github.com/plougher/squashfs-tools/blob/master/squashfs-tools/unsquashfs.c',
    literals: [
      'layer verification failed for digest',
      'failed size validation: ',
      'checksum validation failed',
      'squashfs superblock on',

      'bad superblock (corrupted image',
      'archive/tar: invalid tar header',
      'failed to read fragment',
      'failed to read inode',
      'failed to read directory',
      'failed to read uid/gid',
      'failed to read xattr',
    ],
    pattern:
      /layer verification failed for digest|failed size validation: \d|\[ERROR\] Checksum validation failed|(?:find a valid )?SQUASHFS superblock on |(?:unsquashfs|FATAL ERROR): ?failed to read (?:fragment|inode|directory|uid\/gid|xattr)|bad superblock \(corrupted image|archive\/tar: invalid tar header/,
    sees: [
      "FATAL ERROR:Can't find a valid SQUASHFS superblock on /images/train.sqsh",
      'Failed to pull image "x": filesystem layer verification failed for digest sha256:1a2b',
    ],
    ignores: ['squashfs: version 4.0 (2009/01/31) Phillip Lougher', '[INFO] Validating filesystem layers...'],
  },
  {
    id: 'container.image.no-room-to-pack',
    summary: 'packing or unpacking an image ran out of disk',
    role: 'cause',
    weighs: { 'disk-full': 4.4, 'shared-fs-problem': 0.6 },
    source: 'https://github.com/plougher/squashfs-tools/blob/master/squashfs-tools/mksquashfs.c',
    literals: ['failed to write to output filesystem', 'write on output file failed', 'writer: failed to write'],
    pattern:
      /FATAL ERROR: ?(?:Failed to write to output filesystem|write on output file failed)|[Ww]riter: failed to write (?:data|file)/,
    sees: ['FATAL ERROR: Failed to write to output filesystem', 'FATAL ERROR:write on output file failed'],
    ignores: ['Creating 4.0 filesystem on /images/train.sqsh, block size 131072.'],
  },
  {
    id: 'container.image.packer-memory',
    summary: 'packing an image ran out of memory',
    role: 'cause',
    weighs: { 'host-oom': 4.4 },
    source: 'https://github.com/plougher/squashfs-tools/blob/master/squashfs-tools/mksquashfs.c',
    literals: [
      'squashfs: out of memory',
      'squashfs: fatal: out of memory',
      'fatal error: out of memory',
      'fatal error:out of memory',
    ],
    pattern: /(?:mk|un)squashfs: Out of memory|FATAL ERROR: ?Out of memory \(/,
    sees: ['mksquashfs: Out of memory', 'FATAL ERROR: Out of memory (alloc_inode)'],
    ignores: ['mksquashfs: -mem 16G'],
  },
  {
    id: 'container.image.wrong-machine',
    summary: 'an image is made for another kind of processor',
    role: 'cause',
    weighs: { 'user-code-error': 4.2 },
    source: enroot,
    literals: [
      "image architecture doesn't match",
      'does not match the detected host platform',
      'unsupported architecture: ',
    ],
    pattern:
      /Image architecture doesn't match the requested one|requested image's platform \([^)\n]{1,40}\) does not match the detected host platform|\[ERROR\] Unsupported architecture: /,
    sees: [
      "[WARN] Image architecture doesn't match the requested one: arm64 != amd64",
      "WARNING: The requested image's platform (linux/amd64) does not match the detected host platform (linux/arm64/v8) and no specific platform was requested",
    ],
    ignores: ['Architecture: x86_64'],
  },
  {
    id: 'container.tool.missing',
    summary: 'a tool that unpacks or mounts images is not installed on the node',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 3.4, 'user-code-error': 0.8 },
    source: enroot,
    literals: [
      'command not found: ',
      'squashfs not found',
      'container runtime not configured or invalid',
      'kernel does not support overlay fs',
      'squashfuse not found',
    ],
    pattern:
      /\[ERROR\] Command not found: (?!nvidia-container-cli)\S|could not (?:create|extract) squashfs[^\n]{0,20}, (?:mk|un)squashfs not found|Container runtime not configured or invalid|kernel does not support overlay fs|squashfuse not found/,
    sees: ['[ERROR] Command not found: mksquashfs', 'Error: configure storage: kernel does not support overlay fs'],
    ignores: ['[ERROR] Command not found: nvidia-container-cli, see https://github.com/NVIDIA/libnvidia-container'],
  },
  {
    id: 'container.loop-devices.none',
    summary: 'an image cannot be mounted because the node gives no loop device',
    role: 'cause',
    weighs: { 'container-toolkit-misconfig': 2, unlisted: 1.2, 'permission-misconfig': 1, 'ulimit-too-low': 0.6 },
    source: apptainer,
    literals: ['loop device'],
    pattern: /(?:failed to find|failed to attach|no|could not attach image file to) loop devices?\b/,
    sees: [
      'FATAL:   container creation failed: mount hook function failure: while mounting image: failed to find loop device: no loop devices available',
      'could not attach image file to loop device: failed to attach loop device: transient error, please retry: resource temporarily unavailable',
    ],
    ignores: ['loop device /dev/loop3 released'],
  },
  {
    id: 'container.name.already-unpacked',
    summary: 'a container of that name is there already, or another process is making it',
    role: 'cause',
    weighs: { 'user-code-error': 2.4, 'shared-fs-problem': 1.4 },
    source: enroot,
    literals: [
      '[error] file already exists: ',
      'could not acquire rootfs lock',
      'acquire container setup lock',
      'is already in use by',
    ],
    pattern:
      /\[ERROR\] File already exists: |Could not acquire rootfs lock|failed to acquire container setup lock|the container name "[^"\n]{1,120}" is already in use by/,
    sees: [
      '[ERROR] File already exists: /raid/enroot/train',
      'pyxis: failed to acquire container setup lock: Connection timed out',
    ],
    ignores: ['[INFO] Extracting squashfs filesystem...'],
  },
  {
    id: 'container.image.not-as-asked',
    summary: 'an image lacks what the container is to run, or its name is wrong',
    role: 'cause',
    weighs: { 'user-code-error': 3.8 },
    source: apptainer,
    literals: [
      'shared library is likely missing in the image',
      'executable file not found in $path',
      'no such image: ',
      'invalid image reference: ',
      'invalid reference format',
      'did not resolve to an alias',
      '.sif: no such file',
      '.sqsh: no such file',
    ],
    pattern:
      /shared library is likely missing in the image|FATAL: {1,4}"[^"\n]{1,80}": executable file not found in \$PATH|\bNo such image: |\[ERROR\] Invalid image reference: |invalid reference format|short-name "[^"\n]{1,120}" did not resolve to an alias|FATAL: {1,4}stat \S{1,200}\.s(?:if|qsh): no such file/,
    sees: [
      'FATAL:   exec /.singularity.d/actions/exec failed: a shared library is likely missing in the image',
      'FATAL:   "python": executable file not found in $PATH',
      'Error response from daemon: No such image: train:1',
    ],
    ignores: ['INFO:    Using cached SIF image'],
  },
  {
    id: 'container.identity.not-mapped',
    summary: 'a rootless container has no range of users to stand for its own',
    role: 'cause',
    weighs: { 'permission-misconfig': 3.8, 'container-toolkit-misconfig': 1.6 },
    source: 'https://github.com/containers/storage/blob/main/pkg/idtools/idtools.go',
    literals: [
      'no mapping entry found in /etc/subuid',
      'no subuid ranges found for user',
      'cannot find uid/gid for user',
      'cannot set up namespace using',
      'error processing tar file(exit status 1): operation not permitted',
      'no setuid installation found',
    ],
    pattern:
      /no mapping entry found in \/etc\/subuid|no subuid ranges found for user|cannot find UID\/GID for user|cannot set up namespace using "[^"\n]{1,80}new[ug]idmap"|Error processing tar file\(exit status 1\): operation not permitted|No setuid installation found/,
    sees: [
      'ERRO[0000] cannot find UID/GID for user train: no subuid ranges found for user "train" in /etc/subuid - check rootless mode in man pages.',
      'FATAL:   could not use fakeroot: no mapping entry found in /etc/subuid for train',
    ],
    ignores: ['train:100000:65536'],
  },
]);
