import { noteDetector } from './note-patterns.ts';
import { any, near, inOrder } from './words.ts';

const slurmStates = 'https://slurm.schedmd.com/job_state_codes.html';
const k8sEvict = 'https://kubernetes.io/docs/concepts/scheduling-eviction/';
const reliability = 'https://arxiv.org/abs/2410.21680';

/** What the scheduler, a person or the building did. */
export const schedulingSeen = noteDetector('notes-scheduling', [
  {
    id: 'seen.job.not-ended-on-purpose',
    summary: 'nobody ended the job on purpose',
    role: 'context',
    weighs: { 'scheduler-action': -1.4 },
    source: slurmStates,
    saysNot: true,
    pattern: any(
      /\b(?:nobody|no one|none of us) (?:cancel\w+|stopped|killed|touched|ended)\b/,
      near(
        '\\b(?:within|below|far from|well under|no) (?:the )?(?:time ?limit|wall ?time|preemption|maintenance)\\b|\\bnot (?:cancelled|preempted|evicted)\\b',
        '\\b(?:job|run|time|limit|was|is|preemption|happened|maintenance)\\b',
        40,
      ),
    ),
    sees: ['nobody cancelled the job', 'the job was within the time limit', 'the run was not preempted'],
    ignores: ['the job was cancelled'],
  },
  {
    id: 'seen.job.ended-on-purpose',
    summary: 'the job was ended or suspended on purpose',
    role: 'cause',
    weighs: { 'scheduler-action': 5 },
    source: slurmStates,
    pattern: any(
      /\bscancel(?:led|ed)?\b|\bqdel\b|\bbkill\b|\bkubectl delete\b/,
      near(
        '\\b(?:job|run|training|pods?|step|allocation|vm|instance|it|session)\\b',
        '\\b(?:higher[- ]priority|sigterm (?:from|by) (?:slurm\\w*|the scheduler|the kubelet)|cancel(?:l)?ed|preempted|preemption|evicted|eviction|reclaimed|suspended|requeued|(?:killed|stopped|ended|deleted|terminated) by (?:the )?(?:user|admin\\w*|operator|scheduler|owner|a colleague|somebody|someone|slurm|kubernetes|hand)|ctrl-?c|sigint|time ?limit|wall ?time|walltime|deadline|(?:killed|ended|stopped|deleted) (?:it |on purpose|by hand|manually))\\b',
        50,
      ),
      /\b(?:time ?limit|wall ?time|--time)\b.{0,30}?\b(?:reached|hit|exceeded|expired|ran out|up|over|elapsed)\b|\b(?:sacct|squeue|scontrol)\b.{0,40}?\b(?:cancelled|timeout|preempted|suspended)\b/,
      /\b(?:stopped|killed|ended|deleted|cancel+ed|terminated) (?:the |this |our )?(?:job|run|training|pods?)\b.{0,20}?\b(?:by hand|manually|on purpose|to free)\b/,
      /\bspot (?:instance|vm|node)s?\b.{0,30}?\b(?:reclaimed|interrupt\w*|terminated|preempt\w*)\b/,
    ),
    check: (_said, sentence) =>
      !/\bdue to a typo\b|\bonce at the start\b/i.test(sentence) && // Ended because it hung already, or the limit is merely named.
      !/\b(?:as|since|because|after|when|once) (?:it|the (?:job|run|training)|nothing|they|i) (?:\w+ )?(?:hung|stuck|hanging|hangs|happen\w*|crash\w*|fail\w*|froze\w*|stop\w*|stall\w*|did(?: not|n['’]t))\b|\bctrl-?c (?:has|had|does|did)\b|\b(?:time ?limit|walltime|wall ?time)(?: of (?:the )?\w+)? (?:is|was) (?:set to )?\d.{0,40}?\b(?:hangs?|stuck|freezes)\b|\bcrash\w*,? (?:and )?(?:then )?slurm requeued\b/i.test(
        sentence,
      ) &&
      !/\b(?:collective|nccl|watchdog|connection|socket|heartbeat) time-?out|\bwithin the time limit|\b(?:can|could|may) be (?:preempted|cancel|evicted)|(?:preempted|cancelled|evicted)\W{1,3}(?:false|no)\b|\b(?:machine|computer|laptop|workstation|system|host|pc|server|os|node)\b.{0,25}?\b(?:suspended|suspend)\b|\b(?:woke|wakes?|wake-?up|resumed? from|sleep|hibernat\w+|standby)\b/i.test(
        sentence,
      ),
    sees: [
      'the job was cancelled by the user',
      'somebody ran scancel',
      'the run was preempted by a job of higher priority',
      'the pod was evicted',
      'sacct shows TIMEOUT: the time limit was reached',
      'an operator stopped the job by hand: stopped by an operator',
      'spot instance was reclaimed',
    ],
    ignores: [
      'the job was requeued once at the start',
      'the job was not cancelled',
      'NCCL watchdog timeout',
      'I cancelled the job since it was stuck',
      'the job was cancelled by the user after it hung for two hours',
      'the time limit of the partition is 24 hours, it hangs after 3',
      'no preemption happened',
      'it began after the machine had been suspended while the session was open',
    ],
  },
  {
    id: 'seen.node.taken-out',
    summary: 'a node was drained, or maintenance was going on',
    role: 'cause',
    weighs: { 'scheduler-action': 4.2, 'facility-fault': 0.4 },
    source: k8sEvict,
    pattern: any(
      near(
        '\\b(?:nodes?|hosts?|cluster|partition|rack|system|server)(?:-?\\w+)?\\b',
        '\\b(?:drain(?:ed|ing)?|cordoned|maintenance|taken out|rebooted (?:by|for) (?:the )?(?:admin\\w*|operator\\w*|maintenance|update)|decommissioned|resv|maint)\\b',
        50,
      ),
      /\bmaintenance (?:window|began|started|was|work)\b/,
    ),
    check: (_said, sentence) =>
      !/\bon (?:mon|tues|wednes|thurs|fri|satur|sun)days\b|\bnot (?:a )?part of\b|\blast (?:week|month)\b|\bbefore (?:the|this) (?:job|run)\b|\bdrained nodes\b/i.test(
        sentence,
      ) &&
      !/\b(?:excluding|since the network maintenance|after the network maintenance)\b|\bworks?\b.{0,20}\bdrain/i.test(
        sentence,
      ),
    sees: [
      'node-03 was drained at that time',
      'a maintenance window began at 8',
      'sinfo shows the node in state draining',
      'node-07 was cordoned',
    ],
    ignores: [
      'the cluster has a maintenance on Tuesdays',
      'node-03 was drained before the job',
      'no node was drained',
      'no maintenance at that time',
    ],
  },
  {
    id: 'seen.facility.power',
    summary: 'power failed outside the node',
    role: 'cause',
    weighs: { 'facility-fault': 5, 'host-hardware-fault': 0.4 },
    source: reliability,
    pattern: near(
      '\\b(?:racks?|row|pdus?|ups|breakers?|power (?:feed|shelf|grid|unit|strip)|busbar|data ?cent(?:er|re)|hall|utility|mains|room|generator)\\b',
      '\\b(?:power(?:ed)? (?:loss|outage|down|off|cut|failure|dip)|lost power|lost (?:a |one )?feed|outage|tripped|fail(?:s|ed|ure)?|brown-?out|voltage|overload\\w*|switched off|blackout|without power|alarm|power event)\\b',
      40,
    ),
    check: (_said, sentence) =>
      !/\bprotection\b|, (?:the |our |a )?(?:jobs?|training|runs?)\b/i.test(sentence) &&
      !/\bhttps?:|\bendpoint|\bpower ups|\bstart-?ups?|\bset-?ups?\b|\brow (?:remap|in the)/i.test(sentence),
    sees: [
      'the PDU of rack 4 tripped',
      'the whole rack lost power',
      'a UPS alarm at the same minute',
      'power dip in the data center: data centre power dip',
    ],
    ignores: [
      'the rack has two PDUs, the job fails in the first step',
      'no power outage in the data center',
      'the PSU of the node failed',
    ],
  },
  {
    id: 'seen.facility.cooling',
    summary: 'cooling failed, or the air or water was too warm',
    role: 'cause',
    weighs: { 'facility-fault': 4.6, 'gpu-clock-throttle': 1.2 },
    source: reliability,
    pattern: any(
      near(
        '\\b(?:cracs?|crah|chillers?|cooling(?: system| unit| loop)?|air ?con\\w*|a/c|ac unit|inlet(?: air| temperature)?|intake|ambient|room temperature|cold aisle|chilled water|coolant|cdu|water (?:loop|flow|temperature))\\b',
        '\\b(?:fail(?:s|ed|ure)?|(?:is|was|were|went|turned|switched) off|outage|high|alarm|hot|leak\\w*|too (?:warm|hot|high)|(?:[3-9]\\d) ?°? ?c\\b|rose|rising|rises|down|broken|degraded|stopped|reduced|above)\\b',
        40,
      ),
    ),
    check: (_said, sentence) => !/\bdown to\b|\bdeasserted|\bno cooling (?:problem|issue)/i.test(sentence),
    sees: [
      'the chiller failed at noon',
      'inlet temperature rose to 38 C',
      'air conditioning was off',
      'CDU coolant leak in row B',
      'ambient is too hot',
    ],
    ignores: ['the inlet temperature is normal', 'GPU temperature 61 C'],
  },
  {
    id: 'seen.facility.many-nodes',
    summary: 'many nodes were hit at the same moment',
    role: 'cause',
    weighs: {
      'facility-fault': 3,
      'rdma-link-fault': 0.6,
      'shared-fs-problem': 0.8,
      'scheduler-action': 0.6,
      'gpu-fell-off-bus': -0.8,
      'gpu-ecc-uncorrectable': -0.8,
      'host-hardware-fault': -0.8,
      'user-code-error': -0.5,
    },
    source: reliability,
    pattern: any(
      near(
        '\\b(?:all|several|many|\\d{1,3}|multiple|dozens of|half of the|the other) (?:of the )?(?:(?:cpu|gpu|compute|worker|other|our|these|those) ){0,2}(?:nodes|hosts|servers|machines|racks|jobs)\\b|\\b(?:the |a )?(?:whole|entire) (?:rack|row|cluster|pod|hall)\\b',
        '\\b(?:at (?:once|the same (?:time|moment|minute|second))|simultaneous\\w*|together|same (?:rack|row|leaf|pdu|power unit)|in one rack|of one rack|of (?:the )?same rack)\\b',
        60,
      ),
      /\ball (?:of )?(?:the |our )?(?:\w+ ){0,2}?(?:nodes|hosts|servers)\b.{0,40}?\b(?:are|were|went|is|was) (?:all )?(?:down|offline|unreachable|powered off|gone|dead)\b/,
    ),
    check: (said, sentence) =>
      /\b(?:fail\w*|down|lost|hit|drop\w*|slow\w*|throttl\w*|unreachable|offline|die[ds]?|crash\w*|reboot\w*|errors?|went|affected|hang\w*|gone)\b/i.test(
        sentence,
      ) && !/\bstart(?:s|ed)? at the same|\bnot (?:at )?(?:all|the same)|\bfiles?\b|\bcache\b/i.test(said),
    sees: [
      'all nodes of one rack went down at the same time',
      '12 nodes slowed down simultaneously: all in the same rack, slow',
      'several hosts in the same row lost their links at once: several hosts at once',
      'all compute nodes went down at once, the head nodes are still reachable',
      'all CPU nodes d[001-024] are down and several GPU nodes too',
    ],
    ignores: ['all nodes start at the same time', 'two nodes are used'],
  },
  {
    id: 'seen.facility.site-affected',
    summary: 'everything at a site, or every machine of a kind there, has the same trouble',
    role: 'symptom',
    weighs: {
      'facility-fault': 1.5,
      'rdma-link-fault': 0.2,
      'shared-fs-problem': 0.2,
      'host-hardware-fault': -0.8,
      'gpu-fell-off-bus': -0.8,
      'gpu-ecc-uncorrectable': -0.8,
    },
    source: 'https://github.com/pytorch/pytorch/issues/171441',
    pattern: any(
      near(
        '\\b(?:all|every|each|whole|entire)\\b(?: (?:of )?(?:the|our|these|those))?(?: \\w+){0,3}? (?:runners?|nodes?|hosts?|servers?|machines?|workers?|pool|cluster)\\b',
        '\\b(?:at|of|in|from) (?:this|the same|that|one|a single|our) (?:site|location|data ?cent(?:er|re)|colo|building|hall|zone|lab)\\b|\\b(?:site|data ?cent(?:er|re))-wide\\b',
        50,
      ),
      /\b(?:all|every)(?: of)?(?: the| our)? (?:\d{1,3}|two|three|four|five|six|seven|eight|nine|ten) (?:\w+ ){0,2}?runners\b/,
    ),
    check: (_said, sentence) =>
      !/\b(?:runs?|uses?|ha(?:s|ve)|shares?|mounts?|boots?|works?|fine|ok|healthy|idle|(?:are|is) (?:on|of|the same))\b/i.test(
        sentence,
      ),
    sees: [
      'all runners of the gfx942 pool at this site are slow',
      'all runners of the pool at this site',
      'CI jobs on all six B200 runners are queueing',
      'every node in the same building lost its network',
    ],
    ignores: ['all nodes at this site run the same image', 'one runner is offline'],
  },
  {
    id: 'seen.nodes.down',
    summary: 'several nodes are down',
    role: 'symptom',
    weighs: { 'facility-fault': 1.4, 'scheduler-action': 0.5, 'rdma-link-fault': 0.3, 'host-hardware-fault': 0.3 },
    source: 'https://github.com/ArjunaCluster/ArjunaUsers/issues/142',
    pattern:
      /\b(?:nodes|hosts|servers)\b.{0,25}?\b(?:are|were|went|show(?:n)? as) (?:all )?(?:down|offline|powered off|unreachable|dead)\b/,
    sees: ['high-memory and idle nodes are down', 'the nodes of the partition went offline'],
    ignores: ['the nodes are up', 'one node is down'],
  },
  {
    id: 'seen.facility.uplink',
    summary: 'an uplink or the network outside the nodes failed',
    role: 'cause',
    weighs: { 'facility-fault': 3.6, 'rdma-link-fault': 2 },
    source: reliability,
    pattern: near(
      '\\b(?:uplinks?|core switch(?:es)?|backbone|wan|site link|inter-?rack links?|core router|aggregation switch(?:es)?)\\b',
      '\\b(?:fail\\w*|down|outage|lost|flap\\w*|dropped|saturated|cut|broke|rebooted|maintenance|congested)\\b',
      40,
    ),
    sees: ['the uplink of the rack was down', 'core switch rebooted', 'the inter-rack links are saturated'],
    ignores: ['the uplink is fine', 'no uplink was down'],
  },
  {
    id: 'seen.time.daily',
    summary: 'it comes at the same time of day',
    role: 'context',
    weighs: {
      'scheduler-action': 0.8,
      'facility-fault': 0.6,
      'shared-fs-problem': 0.5,
      'cgroup-device-loss': 0.7,
      'disk-full': 0.3,
      'driver-version-mismatch': 0.3,
    },
    source: reliability,
    pattern: any(
      /\bevery (?:night|day|morning|evening|week|sunday|monday)\b|\b(?:always|each day) at \d{1,2}(?::\d\d| ?(?:am|pm|h|o'clock))|\bcron(?: ?job|tab)?\b|\blogrotate\b|\bnightly\b/,
      inOrder('\\bsame time\\b', '\\b(?:of (?:the )?day|every day|each day|daily)\\b', 20),
    ),
    sees: ['it happens every night', 'always at 03:00', 'a cron job runs at that time'],
    ignores: ['it happens at random'],
  },
  {
    id: 'seen.program.error',
    summary: 'the program or its arguments are at fault, as the person says',
    role: 'cause',
    weighs: { 'user-code-error': 3.6 },
    source: 'https://docs.python.org/3/tutorial/errors.html',
    pattern: any(
      near(
        '\\b(?:our|my|the|user) (?:own )?(?:script|code|program|config(?:uration)?(?: file)?|arguments?|options?|path|yaml|loss function|collate function)\\b',
        '\\b(?:typo|bug|wrong|error|mistake|misspel\\w+|does not exist|raises?|exception|forgot(?:ten)?|not installed|invalid|missing (?:file|module|argument|key))\\b',
        50,
      ),
      near(
        '\\b(?:module|package|import|dependency|python package)\\b',
        '\\b(?:not installed|missing in (?:the|our) (?:image|environment|venv)|wrong version (?:of|in)|does not exist|not found in the environment)\\b',
        40,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\bnccl|\bnvidia|\bfabric|\blibib|\bverbs|\bkernel module|\bpeermem|\bcheckpoint|\bno (?:typo|bug|mistake)|\bimport(?:s|ed)? fine|\bmaster_|\bmount|\b(?:no|nor|not|without|never)\b.{0,24}\b(?:errors?|exceptions?)\b/i.test(
        sentence,
      ),
    sees: [
      'our config has a typo in the data path',
      'a bug in my collate function: my code raises',
      'the package is not installed in the environment',
      'the script has the wrong option',
    ],
    ignores: ['our script has no bug', 'the NCCL package is missing'],
  },
  {
    id: 'seen.job.well',
    summary: 'the job goes on as it should',
    role: 'clean',
    weighs: {
      'collective-mismatch': -0.8,
      'uneven-data': -0.8,
      'gpu-fell-off-bus': -0.8,
      'user-code-error': -0.8,
      'gpu-oom': -0.8,
      'host-oom': -0.8,
      'rendezvous-resolution': -0.8,
      'scheduler-action': -0.6,
    },
    source: 'https://github.com/NVIDIA/nccl/issues/1292',
    saysNot: true,
    pattern: any(
      /\b(?:the )?(?:training|job|run|program|everything|it)(?: itself)? (?:still |otherwise |just )?(?:continues|goes on|keeps (?:running|going)|carries on|finishes|completes|runs through|works|runs|converges|trains|ends)(?: (?:normally|fine|well|successfully|as (?:usual|expected|before)|without (?:any )?(?:problems?|issues?|errors?)|all the same|anyway|at full speed|correctly))+(?=\s*(?:$|[,.)]))/,
      /\b(?:no|without) (?:other |further |visible |negative )?(?:symptoms?|(?:ill )?effects?|impact|consequences?|slow-?down)\b(?: (?:is |was |are |were )?(?:reported|seen|noticed|observed))?/,
      /\b(?:only|just) (?:a |the )?(?:warnings?|cosmetic)\b|\b(?:is|are) (?:harmless|cosmetic|benign)\b/,
      /\b(?:results?|loss(?: curve)?|throughput|speed|accuracy) (?:is|are|looks?|stays?) (?:right|correct|normal|good|fine|as (?:expected|before|usual)|healthy)(?=\s*(?:$|[,.)]))/,
    ),
    check: (_said, sentence) =>
      !/\b(?:but|until|then|hang\w*|stuck|fail\w*|crash\w*|except|with|if|when|once|after|only (?:on|if|when|with)|one node|single|nan|oom|error (?:is|was)|slow|other(?:s)?(?= (?:nodes|jobs|users|ranks|gpus))|yesterday|before|earlier|last (?:week|night|month)|outside)\b/i.test(
        sentence.replace(/\bonly (?:a )?warnings?\b|\bno other\b|\bas before\b/gi, ' '),
      ),
    sees: [
      'training continues normally',
      'no other symptom is reported',
      'only a warning',
      'the loss is normal',
      'it works all the same',
      'the run finishes successfully',
    ],
    ignores: [
      'training runs normally until step 5000, then hangs',
      'it works with NCCL_P2P_DISABLE=1',
      'one node works fine',
      'the run does not finish',
    ],
  },
]);
