import { noteDetector } from './note-patterns.ts';
import { any, near } from './words.ts';

const df = 'https://man7.org/linux/man-pages/man1/df.1.html';
const nfs = 'https://man7.org/linux/man-pages/man5/nfs.5.html';
const exportsMan = 'https://man7.org/linux/man-pages/man5/exports.5.html';
const iostat = 'https://man7.org/linux/man-pages/man1/iostat.1.html';

const place =
  '(?:\\bdf(?: -\\w+)?\\b|\\bdisks?\\b|\\bfile ?systems?\\b|\\bpartitions?\\b|\\bvolumes?\\b|\\bmounts?\\b|\\bscratch\\b|\\bhome(?: director(?:y|ies)| folder)?\\b|\\broot (?:fs|disk|volume)\\b|\\bnvme\\d?\\w*\\b|\\bssd\\b|\\boverlay\\b|\\bstorage\\b|\\bcache (?:dir\\w*|folder)\\b|(?<![\\w/.])/(?:tmp|home|var|scratch|data|mnt|opt|root|local|raid|nvme|ssd|lustre|nfs|gpfs|ephemeral|workspace|dev/(?:nvme|sd)\\w*|run)[\\w/.-]*)';
const sharedFs =
  '\\b(?:nfs\\w*|lustre|gpfs|spectrum scale|beegfs|ceph(?:fs)?|efs|fsx|weka(?:fs)?|glusterfs|virtio-?fs|9p(?:fs)?|s3fs|fuse|sshfs|juicefs|ost\\w*|mds|shared (?:file ?system|storage|fs|disk|folder|home)|network (?:file ?system|storage|share|drive|disk)|parallel file ?system|nas|file ?server)\\b';

const notOfDisks = /\b(?:gpu|cuda|cpu|utili[sz]ation|%?util|swap|ram|memory|mem|shm|iostat|core|bandwidth|inlet)\b/i;

/** Space, speed, sharing and rights of file systems. */
export const storageSeen = noteDetector('notes-storage', [
  {
    id: 'seen.shm.no-space-in-collective',
    summary: 'a collective ends for want of space: what it writes is shared memory, and no disk',
    role: 'cause',
    weighs: { 'shm-too-small': 5.4, 'disk-full': -2 },
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#shared-memory',
    pattern: near(
      '\\b(?:all[-_ ]?reduce|all[-_ ]?gather|reduce[-_ ]?scatter|broadcast|barrier|collective|nccl|init_process_group)\\b',
      '\\b(?:no space left|enospc|errno 28|out of space)\\b',
      80,
    ),
    check: (_said, sentence) => !/\b(?:checkpoint\w*|sav(?:e|ing)|writ(?:e|es|ing|ten)|disk|\/tmp)\b/i.test(sentence),
    sees: [
      "the first broadcast ends with 'No space left on device'",
      'No space left on device in all_reduce',
      'NCCL fails with ENOSPC',
    ],
    ignores: [
      'no space left on /scratch',
      'after the barrier writing the checkpoint ends with no space left on device',
    ],
  },
  {
    id: 'seen.disk.inodes-full',
    summary: 'a file system has no inodes left',
    role: 'cause',
    weighs: { 'disk-full': 5.2 },
    source: df,
    pattern: near(
      '\\b(?:inodes?|df -i\\w*|iuse%?)\\b',
      '\\b(?:full|9[89] ?%|100 ?%|exhausted|no free|used up|run out|ran out|none left|out of|0 (?:free|left))',
      40,
    ),
    saysNot: true,
    check: (_said, sentence) => !/\bnot (?:full|exhausted)/i.test(sentence),
    sees: ['df -i: IUse 100 % on /scratch', 'inodes are exhausted', 'no free inodes on /home'],
    ignores: ['inodes are not full', 'df -i shows 12 %'],
  },
  {
    id: 'seen.disk.quota',
    summary: 'a quota is used up',
    role: 'cause',
    weighs: { 'disk-full': 5.2 },
    source: 'https://man7.org/linux/man-pages/man1/quota.1.html',
    pattern: near(
      '\\b(?:quota|file limit|lfs quota)\\b',
      '\\b(?:exceed\\w*|reached|full|hit|over|out of|used up|100 ?%|exhausted|too many files|at its limit|\\*)',
      40,
    ),
    check: (_said, sentence) => !/\bcpu quota|\bresource ?quota|\bapi quota|\bgpu quota/i.test(sentence),
    sees: [
      'the quota of the project folder was exceeded',
      'user is over quota on /home',
      'lfs quota shows the group at 100 %',
    ],
    ignores: ['the quota is not exceeded', 'CPU quota exceeded'],
  },
  {
    id: 'seen.disk.ok',
    summary: 'there is space left on the file systems',
    role: 'context',
    weighs: { 'disk-full': -1.4 },
    source: df,
    saysNot: true,
    pattern: any(
      near(
        place,
        '\\b(?:not full|plenty|enough (?:space|room)|lots of (?:space|room)|(?<!\\d)[1-8]?\\d ?%(?! (?:slower|less|more))|\\d{1,4} ?(?:tb|tib|t) (?:free|available|left)|free space|has (?:space|room)|is fine|are fine)',
        45,
      ),
    ),
    check: (said, sentence) =>
      !notOfDisks.test(sentence) &&
      !/\b(?:no|without|little|hardly any) (?:free )?space|\b9[0-9] ?%|\b100 ?%|\bslow|\b0 ?%/i.test(sentence) &&
      !/\bnot (?:fine|enough)/i.test(said),
    sees: [
      'df -h shows 40 % on all disks',
      'the disks are not full',
      'plenty of space on /scratch',
      '/data has 12 TB free',
    ],
    ignores: ['df -h: /tmp 100 %', 'no free space on /tmp'],
  },
  {
    id: 'seen.disk.full',
    summary: 'a file system was seen full',
    role: 'cause',
    weighs: { 'disk-full': 5 },
    source: df,
    pattern: any(
      near(
        place,
        '(?:(?<![\\d.])(?:9[89]|100)(?:\\.\\d)? ?(?:%|percent)|\\b(?:full|no (?:free )?space(?: left)?|out of space|0 (?:bytes? |gb? |mb? )?(?:left|free|available)|no room|filled up|ran out of space|fills? up|runs? full|ran full)\\b)',
        50,
      ),
      /\bno space left(?: on device)?\b|\bout of disk space\b|\bdisk[- ]full\b/,
    ),
    saysNot: true,
    check: (said, sentence) =>
      !notOfDisks.test(said) &&
      !/\b(?:not|never|\w{1,5}n['’]t) (?:\w+ )?(?:full|filled)|\bfull (?:speed|rate|bandwidth|log|path|load)\b|\b100 ?% (?:util|busy|of the time)|\biostat|\bfull gpu|\bfull (?:of\b|trace|stack|log|node|fine-?tun|precision|model|output|command|error|disclosure)|\b100 ?% (?:free|idle|available)|\d ?% empty|\b(?:plenty of|lots of|enough) (?:free )?(?:space|room)/i.test(
        sentence,
      ),
    sees: [
      'df -h: /tmp 100 %',
      '/var/lib/docker is at 99 %',
      'the root disk ran full',
      'no space left on the scratch volume',
      'storage is full on node-04',
      'df shows 0 bytes available on /home',
    ],
    ignores: [
      'df -h shows 40 %',
      'the disk is not full',
      'disk 100 % util in iostat',
      'GPU memory full',
      'full traceback below, the storage is NFS',
      '"No space left on device" though there is plenty of space on the disk',
    ],
  },
  {
    id: 'seen.disk.busy',
    summary: 'disks were seen saturated or slow',
    role: 'cause',
    weighs: { 'dataloader-stall': 3, 'shared-fs-problem': 1.4, 'host-hardware-fault': 0.4 },
    source: iostat,
    pattern: any(
      near(
        '\\b(?:iostat|%util|iotop|disks?|ssd|hdd|nvme\\d?\\w*|i/o|io)\\b',
        '\\b(?:100 ?%(?: util\\w*| busy)?|9\\d ?% (?:util|busy)|await|saturated|busy|slow|bottleneck|overloaded|high latency|iops limit|throttled|iowait)\\b',
        40,
      ),
      /\b(?:mechanical|spinning|rotational|magnetic) (?:hard )?(?:disks?|drives?)\b|\bon (?:an? )?hdds?\b|\biowait (?:is |of |at )?(?:high|\d\d ?%)/,
    ),
    check: (said, sentence) =>
      !/\b(?:full|space|df|pcie|gpu|nvlink)\b/i.test(said) &&
      !/\bno (?:io|i\/o) (?:problem|bottleneck|wait)|\bnot (?:busy|slow|saturated)/i.test(sentence),
    sees: [
      'iostat shows the disk at 100 % util',
      'the images are on a mechanical disk',
      'iowait is high',
      'I/O is the bottleneck',
      'the SSD is saturated',
    ],
    ignores: ['df: disk 100 % full', 'the disk is not slow'],
  },
  {
    id: 'seen.fs.slow-or-stale',
    summary: 'a shared file system was seen slow, stale or hanging',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.4, 'dataloader-stall': 0.8, 'checkpoint-corruption': 0.2 },
    source: nfs,
    pattern: any(
      near(
        sharedFs,
        '\\b(?:slow\\w*|hang(?:s|ing)?|hung|stuck|time(?:s|d)? ?out\\w*|takes? (?:\\d+ |several |many )?(?:seconds|minutes|long)|overload\\w*|stale|not respond\\w*|unresponsive|unavailable|disconnect\\w*|evict\\w*|high latency|latency|saturated|degraded|outage|down|lock(?:s|ing)? (?:fail\\w*|not)|unmounted|lost|blocked|errors?|overcommitted)\\b',
        50,
      ),
      near(
        '\\b(?:ls|stat|cat|cd|open|df)\\b(?: in| on| of)?(?: /\\S+)?',
        '\\b(?:hangs?|takes? (?:\\d+ |several |many )?(?:seconds|minutes)|never returns|blocks)\\b',
        30,
      ),
      /\bstale file handle\b/,
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\bnot (?:critical|relevant|important)\b|\b(?:data|files?) (?:is|are|lie) not there\b/i.test(sentence) &&
      !/\bno (?:nfs|lustre) (?:errors?|problems?)|\bnot (?:slow|stale|down|hung)|\bwithout (?:delay|errors)/i.test(
        sentence,
      ) &&
      !/\bopen (?:mpi|files?)/i.test(said),
    sees: [
      'NFS server not responding on node-03',
      'the Lustre mount hangs',
      'ls in /shared takes minutes',
      'EFS latency was high',
      'Lustre client was evicted',
      'the shared file system is overloaded',
      'stale file handle on two nodes',
    ],
    ignores: ['NFS home is slow at times, but the data is not there', 'NFS is not slow', 'the data is on NFS'],
  },
  {
    id: 'seen.fs.not-shared',
    summary: 'a path that the program expects everywhere exists on some nodes only',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.2, 'user-code-error': 0.8 },
    source: nfs,
    pattern: any(
      /\b(?:path|folder|director(?:y|ies)|files?|data(?:set)?|checkpoint|cache|code|mount)\b.{0,40}?\b(?:exists? only|only exists?|is only|are only|only on|only there) .{0,20}?\b(?:node|host|rank|machine|master|first|one|server)/,
      near(
        '\\b(?:node|host|machine|server)(?:-\\w+)?\\b',
        '\\b(?:not mounted|mount (?:is )?missing|is not shared|not shared|not exist on|missing on|does not have the (?:data|file|folder|path|dataset|mount)|lacks the (?:mount|data|folder|file))\\b',
        50,
      ),
      /\b(?:local|node-local|separate|own) (?:disk|folder|director\w+|file ?system|path)s? (?:on|of|for) (?:each|every)\b.{0,40}?(?:node|host|machine)|\bno shared (?:file ?system|storage|folder)\b|\b(?:on|to|in) (?:each|every) (?:node|host|machine|server)['’]s own (?:disk|storage|folder|drive)\b|\bonly (?:the )?(?:first|master|head|main|one) (?:node|host|machine|server) (?:has|holds|contains|sees|can see)\b.{0,30}?\b(?:files?|folder|data(?:set)?|index|cache|checkpoint|metadata)\b/,
      /\b(?:on|from) (?:the |all )?(?:(?:login|head) node and )?(?:the )?other (?:nodes|hosts|machines|servers)\b.{0,12}\b(?:scratch|home|projects?|data|storage|mounts?|share|file ?systems?|it) (?:is|are) (?:there|mounted|visible|present|reachable)\b|\b(?:scratch|home|projects?|data|storage|mounts?|share|file ?systems?)(?: folder| director(?:y|ies))? (?:is|are|looks?|appears?) empty on\b.{0,20}\b(?:nodes?|hosts?|machines?|servers?|ranks?)\b/,
    ),
    saysNot: true,
    sees: [
      'the data folder exists only on the first node',
      '/data is not mounted on node-05',
      'there is no shared file system between the machines',
      'output path is a local disk on each node',
      'the file is missing on node-02',
      "the data lie on each node's own disk",
      'only the first node has the cache',
      'on the other nodes scratch is mounted',
      'the scratch directory is empty on some of the nodes',
    ],
    ignores: ['the folder is mounted on all nodes', 'the queue is empty on all nodes'],
  },
  {
    id: 'seen.fs.lags',
    summary: 'files show up late or differ between nodes',
    role: 'cause',
    weighs: { 'shared-fs-problem': 4.2, 'checkpoint-corruption': 0.5 },
    source: nfs,
    pattern: any(
      near(
        '\\b(?:files?|folder|director(?:y|ies)|checkpoint|cache|index)\\b',
        '\\b(?:(?:appears?|visible|shows? up|seen) (?:(?:\\w+ ){0,5}?only |(?:\\w+ ){0,5}?some )?(?:later|after|seconds|late|with a delay|some seconds)|not (?:yet )?visible (?:yet )?(?:on|for|to)|attribute cach\\w+|race|at the same time by|several ranks (?:write|create|delete)|all ranks (?:write|create|delete|download))\\b',
        60,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) => !/\bno race/i.test(sentence),
    sees: [
      'the file appears only seconds later on the other nodes',
      'a checkpoint that rank 0 wrote is not visible on node-02 yet',
      'several processes race: the cache file is written at the same time by all ranks',
    ],
    ignores: ['the file is visible on all nodes at once'],
  },
  {
    id: 'seen.fs.network-mounted',
    summary: 'data or working folder lie on a network file system',
    role: 'context',
    weighs: {
      'shared-fs-problem': 1.1,
      'dataloader-stall': 0.5,
      'permission-misconfig': 0.3,
      'checkpoint-corruption': 0.2,
    },
    source: nfs,
    pattern: any(
      near(
        '\\b(?:data(?:set)?|work(?:ing)?(?: ?dir\\w*| folder)?|director(?:y|ies)|checkpoints?|files?|home|folder|cache|images|code|output|run directory)\\b',
        `\\b(?:on|in|from|over|via|to)\\b.{0,15}?${sharedFs}`,
        50,
      ),
    ),
    sees: ['the work directory is on EFS', 'checkpoints are written to shared storage', 'the dataset is read over NFS'],
    ignores: ['the data is on a local SSD'],
  },
  {
    id: 'seen.process.d-state',
    summary: 'processes wait for I/O without end',
    role: 'symptom',
    weighs: { 'shared-fs-problem': 1.4, 'dataloader-stall': 0.7, 'host-hardware-fault': 0.5, 'gpu-driver-bug': 0.4 },
    source: 'https://man7.org/linux/man-pages/man1/ps.1.html',
    pattern: /\b(?:d[- ]state|state d\b|uninterruptible(?: sleep)?|in d\b|wchan)\b|\bstate d \(disk sleep\)/,
    check: (_said, sentence) =>
      /\b(?:process|ranks?|worker|ps|python|loader|state|task)/i.test(sentence) &&
      !/\b(?:slurm|sinfo|idle|drain)/i.test(sentence),
    sees: ['ranks are in D state', 'ps shows the workers in uninterruptible sleep'],
    ignores: ['no process in D state', 'node is in state drain'],
  },
  {
    id: 'seen.fs.readonly',
    summary: 'a file system was seen mounted read-only',
    role: 'cause',
    weighs: { 'permission-misconfig': 2.6, 'host-hardware-fault': 1.6, 'shared-fs-problem': 1.4 },
    source: 'https://man7.org/linux/man-pages/man8/mount.8.html',
    pattern: near(
      '\\b(?:mount\\w*|file ?system|folder|director\\w+|disk|volume|/\\w[\\w/]*)\\b',
      '\\b(?:read[- ]only|\\(ro[,)]|remounted ro)',
      40,
    ),
    sees: ['the disk was remounted read-only', 'the cache folder is mounted read-only'],
    ignores: ['the mount is not read-only'],
  },
  {
    id: 'seen.permission.wrong',
    summary: 'owner, mode or access rights were seen wrong',
    role: 'cause',
    weighs: { 'permission-misconfig': 4.4 },
    source: exportsMan,
    pattern: any(
      /\b(?:root|all)[_ -]?squash\w*\b/,
      near(
        '\\b(?:permissions?|owner(?:ship)?|owned|chmod|chown|uid|umask|acl|file modes?|access rights?|ssh keys?|authorized_keys|id_rsa|write access|read access|sudo|writ(?:e)?able)\\b',
        '\\b(?:denied|wrong|root|differs?|different|mismatch|not (?:writable|readable|owned|allowed|set|permitted)|missing|belongs? to|another user|other user|0?[0-7]00|nobody|refused|lacks?|no (?:write|read|access|permission)|insufficient|changed)\\b',
        45,
      ),
      /\b(?:folder|director(?:y|ies)|files?|cache|socket)\b.{0,40}?\b(?:belongs? to (?:root|another|nobody|other)|owned by (?:root|another|nobody|other)|not (?:writable|readable))\b/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\bno permission (?:problem|error)s?\b|\bpermissions? (?:are|is) (?:fine|ok|right|correct)|\bdevice cgroup|\bdevices\.|\bgid index|\bshow_gids|\bpy-?spy|\bmode(?:l|s)\b/i.test(
        sentence,
      ),
    sees: [
      'the cache folder is owned by root',
      'root_squash is active on the export',
      'permission denied on the output folder for the job user',
      'the ssh key is not readable by the service user',
      'uid differs between the nodes',
    ],
    ignores: ['permissions are fine', 'there is no permission problem', 'training mode is different'],
  },
]);
