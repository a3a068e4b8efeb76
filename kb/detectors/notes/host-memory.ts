import { mebibytes } from './amounts.ts';
import { noteDetector } from './note-patterns.ts';
import { any, near, inOrder } from './words.ts';

const meminfo = 'https://docs.kernel.org/filesystems/proc.html#meminfo';
const oomKiller = 'https://docs.kernel.org/admin-guide/mm/concepts.html#oom-killer';
const cgroup2 = 'https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files';

// Nodes of these clusters have 1 TiB; less than 4 GiB available of that is 0.4 %, where the kernel reclaims all the time:
// https://docs.kernel.org/admin-guide/sysctl/vm.html (watermark_scale_factor, 0.1 % by default, min and low above it)
const nearlyNoneMib = 4 * 1024;

/** "1003/1007 GB": used of all, with nearly nothing left. */
function isNearlyUsedUp(sentence: string): boolean {
  const found =
    /(?<![\w./])(\d{1,5}(?:\.\d+)?) ?(?:gi?b?)? ?(?:\/|of|out of) ?(\d{1,5}(?:\.\d+)?) ?(?:gi?b|g|ti?b)\b/i.exec(
      sentence,
    );
  return found !== null && Number(found[1]) >= usedUpShare * Number(found[2]) && Number(found[1]) <= Number(found[2]);
}

// What is left then, some 30 GiB of 1 TiB, one more batch of loader processes takes; kb/probes/memory-host.ts watches the
// same share.
const usedUpShare = 0.97;

function isNearlyNone(sentence: string): boolean {
  const sizes = mebibytes(sentence);
  return sizes.length > 0 && Math.min(...sizes) <= nearlyNoneMib;
}

/** Memory of the host. */
export const hostMemorySeen = noteDetector('notes-host-memory', [
  {
    id: 'seen.host.oom-kill',
    summary: 'a process was killed for lack of host memory',
    role: 'cause',
    weighs: { 'host-oom': 5 },
    source: oomKiller,
    pattern: any(
      near(
        '\\b(?:oom[- _]?kill(?:er|ed|s)?|out[- ]of[- ]memory killer|oomkilled|memory\\.events|memory cgroup out of memory|earlyoom|systemd-oomd)\\b',
        '\\b(?:killed|kills?|active|hit|dmesg|shows?|oom_kill|counter|rose|grew|[1-9]\\d*|struck|python|worker|process\\w*|rank|was|pod|container|invoked)\\b',
        60,
      ),
      /\bdmesg\b.{0,40}?\bout of memory\b|\bkilled process \d+/,
      near('\\b(?:memory|cgroup|container|pod|slurm) ?(?:memory )?limit\\b', '\\b(?:reached|exceeded|hit|over)\\b', 40),
    ),
    check: (said, sentence) =>
      !/\b(?:cuda|gpu memory|vram|pids|open files|time ?limit|power limit)\b/i.test(sentence) &&
      /oom|memory|kill/i.test(said),
    sees: [
      'the OOM killer killed a data loader worker',
      'memory.events oom_kill counter is 3',
      'dmesg shows Out of memory',
      'the cgroup memory limit was reached',
      'pod was OOMKilled',
    ],
    ignores: ['the OOM killer was not active', 'CUDA out of memory', 'no oom-kill in dmesg'],
  },
  {
    id: 'seen.host.memory-grows',
    summary: 'host memory of the job grows',
    role: 'cause',
    weighs: { 'host-oom': 3.8, 'dataloader-stall': 0.3, 'user-code-error': 0.3 },
    source: 'https://github.com/pytorch/pytorch/issues/13246',
    pattern: any(
      near(
        "\\b(?:host|cpu|system|main|ram|rss|resident|anon|node|process|worker|loader)(?:'s|s)? ?(?:memory|ram|rss|usage|mem)\\b|\\brss\\b|\\bram\\b",
        '\\b(?:grows?|growing|increas(?:es|ed|ing)|climb\\w*|creeps?|leaks?|leaking|rises?|rising|rose|explodes?|swells?|until|fills? up)\\b',
        40,
      ),
      near(
        '\\b(?:free|h?top|machine|server|container|pod)\\b',
        '\\bmemory (?:use|usage|consumption)\\b.{0,15}?\\b(?:grows?|growing|increas(?:es|ed|ing)|climb\\w*|rises?|rising|rose)\\b',
        40,
      ),
      /\b(?:main |host |cpu )?memory leak\b/,
    ),
    check: (_said, sentence) => !/\b(?:gpu|cuda|vram|device) ?(?:memory|mem|ram)\b|\bcuda\b/i.test(sentence),
    sees: [
      'host memory grows by 2 GB per epoch',
      'RSS of rank 0 climbs until it dies',
      'CPU memory leaks in the loader workers',
      'RAM usage increases steadily',
      'free shows that memory use grows until nothing is left',
    ],
    ignores: ['GPU memory grows', 'host memory does not grow'],
  },
  {
    id: 'seen.host.memory-ok',
    summary: 'host memory is plentiful',
    role: 'context',
    weighs: { 'host-oom': -1.4 },
    source: meminfo,
    saysNot: true,
    pattern: any(
      near(
        '\\b(?:host memory|cpu memory|system memory|main memory|ram|free -[ghm]|free memory|memory)\\b',
        '\\b(?:plenty|enough|lots of|ample|mostly free|fine|ok|half (?:empty|free)|not (?:full|exhausted|tight|grow\\w*)|never (?:above|over) \\d\\d ?%|stable|\\d{3,4} ?(?:gb|gib|g) (?:free|available|left))\\b',
        40,
      ),
    ),
    check: (_said, sentence) =>
      !/\b(?:gpu|cuda|vram|device|shared|shm|bandwidth|power)\b/i.test(sentence) && !isNearlyNone(sentence),
    sees: ['plenty of host memory left', 'free -g: 700 GB available', 'RAM is not exhausted', 'host memory is fine'],
    ignores: ['GPU memory is fine', 'free -g showed 2 GB available'],
  },
  {
    id: 'seen.host.memory-low',
    summary: 'hardly any host memory was available',
    role: 'cause',
    weighs: { 'host-oom': 3.8 },
    source: meminfo,
    pattern: any(
      inOrder('\\bmem(?:available|free)\\b', '\\b\\d{1,9} ?[gmk]i?b\\b', 20),
      near(
        '\\b(?:free(?: -\\w+)?|memavailable|available memory|free memory|host memory|ram|memory|mem)\\b',
        '\\b\\d{1,6}(?:[.,]\\d+)? ?(?:[gmk]i?b|g|m)\\b.{0,20}?\\b(?:free|available|left|remain\\w*)|\\b(?:available|free|left)\\b.{0,12}?\\b\\d{1,6}(?:[.,]\\d+)? ?(?:[gmk]i?b|g|m)\\b|\\bonly \\d{1,4} ?(?:[gmk]i?b|g|m)\\b',
        40,
      ),
    ),
    check: (_said, sentence) =>
      isNearlyNone(sentence) && !/\b(?:gpu|cuda|vram|device|shm|disk|df|shared)\b/i.test(sentence),
    sees: [
      'free -g showed 2 GB available',
      'MemAvailable was 800 MB before the crash',
      'only 1 GB of RAM left on node-02',
      'free -h: available 300M',
    ],
    ignores: ['free -g shows 700 GB available', '2 GB of GPU memory free', 'free space on /tmp: 1 GB'],
  },
  {
    id: 'seen.host.memory-full',
    summary: 'host memory or swap was seen full',
    role: 'cause',
    weighs: { 'host-oom': 4 },
    source: meminfo,
    pattern: any(
      near(
        '\\b(?:host|ram|memory|mem|node)\\b',
        '\\b\\d{1,5}(?:\\.\\d+)? ?(?:gi?b?)? ?(?:/|of|out of) ?\\d{1,5}(?:\\.\\d+)? ?(?:gi?b|g)\\b',
        40,
      ),
      near(
        '\\b(?:host memory|cpu memory|system memory|main memory|ram|swap(?: space)?|memory (?:of|on) (?:the )?(?:host|node)\\S*)\\b',
        '\\b(?:full|exhausted|used up|nearly full|almost full|9[5-9] ?%|100 ?%|runs? out|ran out|saturated|completely used|swapping|in heavy use|too little)',
        40,
      ),
      /\b(?:swap(?:s|ping)|thrash(?:es|ing))\b.{0,30}?\b(?:heav\w*|all the time|constantly|a lot|node|host)\b|\btoo little (?:host |cpu )?memory\b/,
      inOrder('\\bmemory\\b', '\\b(?:9[5-9]|100) ?%.{0,20}?\\b(?:host|node|ram)\\b', 30),
    ),
    check: (said, sentence) =>
      (!/\d ?(?:gi?b?)? ?(?:\/|of) ?\d/i.test(said) || isNearlyUsedUp(sentence)) &&
      !/\b(?:gpu|cuda|vram|shm|disk)\b/i.test(sentence),
    sees: [
      'host memory is full',
      'swap is 100 % used on node-03',
      'the node was swapping heavily',
      'RAM was exhausted when it died',
    ],
    ignores: ['GPU memory is full', 'RAM is not full', 'the disk is full'],
  },
  {
    id: 'seen.process.vanished',
    summary: 'a process was killed or vanished without a message',
    role: 'symptom',
    weighs: { 'host-oom': 1.4, 'scheduler-action': 0.7, 'host-hardware-fault': 0.2, 'user-code-error': 0.2 },
    source: 'https://pytorch.org/docs/stable/elastic/errors.html',
    pattern: any(
      near(
        '\\b(?:process|worker|rank(?: \\d+)?|job|it|loader|python|program)\\b',
        '\\b(?:killed by signal 9|sigkill(?:ed)?|signal 9|exit code -?9|exit code 137|disappear(?:s|ed)|vanish(?:es|ed)|dies silently|gone without|just dies|is just killed|was killed|got killed|ends without (?:a |any )?(?:message|error|trace)|ends? (?:with|in) (?:only |just |nothing but )?["\'“]?killed)',
        40,
      ),
      /\b(?:(?:is|are|gets?|got|being|always|then) killed|(?<!\b(?:after|before|on) (?:an? |the )?)sigkill(?:ed)?)\b(?! by\b| (?:\w+ ){0,2}(?:with|by) )/,
    ),
    saysNot: true,
    // Who waits until it hangs no more kills it, and whoever tells an error was not killed without a word.
    check: (said, sentence) =>
      !(
        /^(?:is|are|gets?|got|being|always|then) killed/i.test(said) &&
        /\buntil (?:it|they|the \w+|someone|somebody)\b|\b(?:errors?|exceptions?|tracebacks?)\b/i.test(sentence)
      ) &&
      !/\bgpu \d|\b(?:cancel|scancel|by (?:the )?(?:user|admin|operator|watchdog|scheduler|slurm|me|hand)|time ?-?(?:out|limit)|watchdog|preempt\w*)/i.test(
        sentence,
      ),
    sees: [
      'rank 3 was killed by signal 9',
      'a worker vanished without a trace',
      'exit code 137 of the process',
      'this program ends with only "Killed"',
      'the process was killed after it had read the data',
      'it trains and is killed when the evaluation begins',
    ],
    ignores: [
      'it stays there until it is killed',
      'some ranks give this error and the engine is killed',
      'loading after a SIGKILL fails',
      'the process was cancelled',
      'the job was killed by the admin',
    ],
  },
  {
    id: 'seen.host.offload',
    summary: 'parts of the model or optimizer are kept in host memory',
    role: 'context',
    weighs: { 'host-oom': 1.1 },
    source: 'https://www.deepspeed.ai/tutorials/zero-offload/',
    pattern: any(
      /\b(?:cpu|optimizer|param\w*|zero)[ _-]?offload\w*\b|\boffload\w* to (?:the )?(?:cpu|host)\b/,
      near(
        '\\b(?:loads?|loaded|caches?|cached|keeps?|reads?)\\b',
        '\\b(?:in(?:to)? (?:ram|memory|host memory)|whole dataset|entire dataset)\\b',
        40,
      ),
    ),
    check: (_said, sentence) => !/\bgpu memory|shared memory/i.test(sentence),
    sees: ['ZeRO-3 with CPU offload', 'every rank loads the whole dataset into memory'],
    ignores: ['loaded into GPU memory'],
  },
  {
    id: 'seen.host.cgroup-limit-set',
    summary: 'the job runs under a memory limit of the scheduler or container',
    role: 'context',
    weighs: { 'host-oom': 0.8 },
    source: cgroup2,
    pattern: near(
      '(?:--mem(?:-per-cpu|-per-gpu)?\\b|\\bmemory\\.max\\b|\\bmemory (?:request|limit|limits)\\b|\\bresources\\.limits\\.memory\\b)',
      '\\b\\d{1,5} ?(?:[gm]i?b?|%)?',
      25,
    ),
    check: (_said, sentence) => !/\bgpu\b/i.test(sentence),
    sees: ['--mem=64G in the job script', 'the pod has a memory limit of 128Gi'],
    ignores: ['no limit is set'],
  },
]);
