import { amounts, mebibytes } from './amounts.ts';
import { noteDetector } from './note-patterns.ts';
import { any, near, noneThere } from './words.ts';

const memlock = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html';
const limitsMan = 'https://man7.org/linux/man-pages/man2/getrlimit.2.html';

// Docker gives 64 MB, and PyTorch's loader needs several batches' worth: https://docs.docker.com/reference/cli/docker/container/run/
const shmSmallMib = 4 * 1024;

function isShmSmall(sentence: string): boolean {
  // The first amount is the size, in words as in the columns of `df`.
  const [size] = mebibytes(sentence);
  const bytes = Number(/\bshm_?size\W{1,4}(\d{6,12})\b/i.exec(sentence)?.[1] ?? Number.NaN);
  if (bytes / 1024 ** 2 <= shmSmallMib) return true;
  return size !== undefined && size <= shmSmallMib && !/-?-shm-size/.test(sentence);
}

function namesLowLimit(sentence: string): boolean {
  const values = [...amounts(sentence, /(?![\w.])/), ...amounts(sentence, /k(?:i?b)?\b/)];
  return (
    values.some((value) => value > 0 && value <= lowLimitMax) && !/\b(?:now|set to|raised to) unlimited/i.test(sentence)
  );
}

// `ulimit -l` in KiB: distributions give 64 to 65,536 (64 MB); RDMA registers gigabytes. `ulimit -n`: 1,024 and 4,096.
const lowLimitMax = 131_072;

/** Limits of memory, files and shared memory. */
export const limitsSeen = noteDetector('notes-limits', [
  {
    id: 'seen.memlock.ok',
    summary: 'locked memory is unlimited',
    role: 'context',
    weighs: { 'ulimit-too-low': -1.4 },
    source: memlock,
    saysNot: true,
    pattern: near('\\b(?:ulimit -l|memlock|locked[- ]memory|ulimits?)\\b', '\\b(?:unlimited|-1|ok|fine)\\b', 40),
    check: (_said, sentence) =>
      !/\bnot unlimited|\b(?:with|after|works?|helps?|fix\w*|elsewhere|others?|rest|login|only)\b/i.test(sentence),
    sees: ['ulimit -l is unlimited everywhere'],
    ignores: ['ulimit -l 64', 'with memlock unlimited it works'],
  },
  {
    id: 'seen.memlock.low',
    summary: 'the limit of locked memory was seen low',
    role: 'cause',
    weighs: { 'ulimit-too-low': 5 },
    source: memlock,
    pattern: any(
      near(
        '\\b(?:ulimit -l|memlock|max locked memory|locked[- ]memory|rlimit_memlock|limitmemlock|ulimit -a)\\b',
        '\\b(?:\\d{1,9}(?: ?k(?:i?b)?)?|low|limited|small|not unlimited|restricted|default|too low)\\b',
        40,
      ),
    ),
    saysNot: true,
    check: (said, sentence) =>
      (namesLowLimit(sentence) || /low|limited|small|restricted|default/i.test(said)) &&
      (/\bnot unlimited/i.test(sentence) ||
        !/\bunlimited\b/i.test(sentence) ||
        /\b(?:others?|elsewhere|else|instead|rest|login)\b/i.test(sentence)) &&
      !/\bnot (?:low|limited|restricted)|\bmemlock=-1/i.test(sentence),
    sees: [
      'ulimit -l 64',
      'max locked memory is 65536 kB inside the job, unlimited elsewhere',
      'memlock limit is too low on node-03',
      'ulimit -l gives 8192 in the slurm step',
    ],
    ignores: ['ulimit -l is unlimited', 'memlock is not limited', 'started with --ulimit memlock=-1'],
  },
  {
    id: 'seen.nofile.low',
    summary: 'a limit of open files or processes was seen low or reached',
    role: 'cause',
    weighs: { 'ulimit-too-low': 4.4 },
    source: limitsMan,
    pattern: any(
      near(
        '\\b(?:ulimit -n|ulimit -u|nofile|open files?|file descriptors?|pids(?:\\.max| limit)?|limitnofile)\\b',
        '\\b(?:256|512|1024|2048|4096|low|limit(?:ed|s)?|exhausted|too many|reached|run out|runs out|hit)\\b',
        40,
      ),
    ),
    check: (_said, sentence) => !/\bunlimited\b|1048576|\bnot (?:low|limited|reached)/i.test(sentence),
    sees: [
      'ulimit -n is 1024',
      'the process has too many open files',
      'pids limit of the container was reached',
      'file descriptors run out',
    ],
    ignores: ['ulimit -n 1048576', 'open files are not limited'],
  },
  {
    id: 'seen.ipc-lock.missing',
    summary: 'the container lacks the right to lock memory',
    role: 'cause',
    weighs: { 'ulimit-too-low': 4.4, 'rdma-device-missing-in-container': 1.2 },
    source: memlock,
    pattern: near('\\b(?:cap_)?ipc_lock\\b', `\\b(?:${noneThere}|not (?:added|granted|set|given)|dropped)\\b`, 40),
    saysNot: true,
    sees: ['the container has no IPC_LOCK capability', 'CAP_IPC_LOCK is missing in the pod spec'],
    ignores: ['IPC_LOCK is added'],
  },
  {
    id: 'seen.shm.ok',
    summary: 'shared memory of the container is large',
    role: 'context',
    weighs: { 'shm-too-small': -1.4 },
    source: 'https://docs.docker.com/reference/cli/docker/container/run/',
    saysNot: true,
    pattern: near(
      '(?:/dev/shm|--shm-size|--ipc[= ]host|\\bshared memory\\b|\\bshm\\b)',
      '\\b\\d{1,4} ?(?:gb|gib|g)\\b|\\b(?:large|enough|host|is set|ok|fine|half of (?:the )?(?:ram|memory)|empty|almost empty|not full|plenty)\\b',
      40,
    ),
    check: (_said, sentence) =>
      !isShmSmall(sentence) &&
      !/\b(?:not enough|works?|worked|helps?|helped|gone|fix\w*|solv\w*|after|since|once|needs?|full(?! of)(?<!not full))\b/i.test(
        sentence,
      ),
    sees: ['/dev/shm has 500 GB', '--ipc=host is set', '/dev/shm is not full'],
    ignores: ['/dev/shm is 64M', 'with --ipc=host it works'],
  },
  {
    id: 'seen.shm.small',
    summary: 'shared memory was seen small or full',
    role: 'cause',
    weighs: { 'shm-too-small': 4.8 },
    source: 'https://github.com/pytorch/pytorch#docker-image',
    pattern: any(
      near(
        '(?:/dev/shm|\\bshm(?:[-_ ]?size)?\\b|\\bshared memory\\b|\\bshmem\\b)',
        '\\b(?:\\d{6,12}|\\d{1,4}(?:\\.\\d)? ?(?:mb|mib|m|mi|gb|gib|g)|full|100 ?%|9[89] ?%|too small|small|tiny|default(?: size)?|exhausted|used up|not enough|insufficient|limited|no space)(?![\\w])',
        50,
      ),
      /\b(?:container|pod|docker run)\b.{0,40}?\b(?:without|no) (?:--)?(?:shm-size|ipc=host)\b/,
    ),
    saysNot: true,
    check: (said, sentence) =>
      (isShmSmall(sentence) ||
        /full|9[89] ?%|100 ?%|small|tiny|default|exhaust|used up|not enough|insufficient|limited|no space|(?:without|no) (?:--)?(?:shm|ipc)/i.test(
          said,
        )) &&
      !/\bnot (?:full|small|limited)|\bplenty|\bby default\b.{0,40}?\bbut (?:we|it|i)\b|\b(?:per block|smem|cuda kernel|sm shared)\b/i.test(
        sentence,
      ),
    sees: [
      'df -h /dev/shm in the container: 64M',
      '/dev/shm 100 % full',
      'the pod runs with the default shm size',
      'shared memory of the container is too small',
      'shm is limited to 1 GB',
      'the docker container was started without --shm-size',
    ],
    ignores: [
      '/dev/shm is 64M by default but we use --ipc=host',
      'how much shared memory is enough, 64 MB?',
      '/dev/shm has 500 GB',
      '/dev/shm is not full',
      'shared memory per block is 48 KB',
    ],
  },
]);
