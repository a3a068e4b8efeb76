import { noteDetector } from './note-patterns.ts';
import { numbered, otherRelease } from './release-words.ts';
import { any, near } from './words.ts';

const llama = 'https://arxiv.org/abs/2407.21783';

const changed =
  '(?:upgraded?|upgrading|updated?|updating|changed|switched|moved|replaced|downgraded?|bumped|installed|migrat\\w+|rolled (?:out|back))';

// "driver already updated, no change": somebody tried whether it helps.
const inVain =
  /\bno (?:change|difference|effect|improvement|help|success|luck|avail)\b|\bin vain\b|\b(?:exactly )?(?:the )?same (?:problem|error|result|hang|behaviou?r|issue|symptom|thing)\b|\balready (?:\w+ )?(?:upgraded|updated|changed|switched|replaced|downgraded|installed|reinstalled)\b|\b(?:does|did|do|has|have)(?: not|n['’]t) (?:help|change|fix|solve|matter)\b/i;

// Then the release was changed, and that is told elsewhere.
const comparesReleases = new RegExp(
  `\\b(?:with|on|in|under|using|until|before) (?:the )?(?:${numbered}|${otherRelease}|(?:nccl|driver)s?\\b.{0,9}\\d)`,
  'i',
);

/** What was changed before it began. */
export const changesSeen = noteDetector('notes-changes', [
  {
    id: 'seen.changed.driver',
    summary: 'driver, kernel or CUDA were changed before it began',
    role: 'context',
    weighs: {
      'driver-version-mismatch': 1.2,
      'gpu-driver-bug': 1.2,
      'fabricmanager-not-running': 0.6,
      'gdr-peermem-missing': 0.7,
      'net-plugin-mismatch': 0.2,
      'cgroup-device-loss': 0.2,
    },
    source: llama,
    pattern: any(
      near(
        '\\b(?:nvidia |gpu )?drivers?\\b|\\b(?:linux )?kernel\\b|\\bcuda\\b|\\bos\\b|\\bubuntu\\b|\\bapt\\b|\\byum\\b|\\bpackages?\\b|\\bgsp\\b|\\bvbios\\b',
        `\\b(?:after|since|before|yesterday|last night|recently|was|were|has been|just|when)\\b.{0,30}?\\b${changed}\\b|\\b${changed}\\b.{0,40}?\\b(?:yesterday|last night|recently|before|ago|last week|since|to \\d)`,
        40,
      ),
      /\bunattended[- ]upgrades?\b/,
    ),
    check: (_said, sentence) =>
      !/\b(?:works?|worked|fix\w*|solv\w*|gone|helps?|helped|no longer)\b|\b(?:ofed|nccl|torch|deepspeed)\b/i.test(
        sentence,
      ) &&
      !/\b(?:not|never|nothing) (?:\w+ )?(?:changed|updated|upgraded)/i.test(sentence) &&
      !inVain.test(sentence),
    sees: [
      'after upgrade of the driver from 535 to 550',
      'the kernel was updated last night',
      'since the driver was upgraded',
      'unattended-upgrades ran before it began',
    ],
    ignores: [
      'the driver was not changed',
      'a driver update fixed it',
      'driver already updated to 535.54, no change',
      'the kernel was updated before, with the same error',
    ],
  },
  {
    id: 'seen.changed.nccl',
    summary: 'NCCL was changed before it began',
    role: 'context',
    weighs: { 'nccl-bug': 1.5, 'nccl-version-mismatch': 1, 'nccl-env-misconfig': 0.2, 'net-plugin-mismatch': 0.4 },
    source: llama,
    pattern: near(
      '\\bnccl\\b',
      `\\b(?:after|since|was|were|has been|just|when)\\b.{0,30}?\\b${changed}\\b|\\b${changed}\\b.{0,40}?\\b(?:yesterday|recently|before|ago|last week|since|to \\d|from \\d)`,
      40,
    ),
    check: (_said, sentence) =>
      !/\b(?:works?|worked|fix\w*|solv\w*|gone|helps?|helped|no longer|not (?:changed|updated|upgraded))\b/i.test(
        sentence,
      ) && !inVain.test(sentence),
    sees: [
      'it began after NCCL was upgraded to 2.25',
      'since NCCL has been updated',
      'after the upgrade of NCCL from 2.19 to 2.20: upgrade from 2.19',
    ],
    ignores: ['NCCL was not changed', 'upgrading NCCL helped', 'NCCL was already upgraded to 2.20, no difference'],
  },
  {
    id: 'seen.changed.library',
    summary: 'torch or the training library was changed before it began',
    role: 'context',
    weighs: {
      'framework-bug': 1.4,
      'user-code-error': 0.6,
      'nccl-version-mismatch': 0.4,
      'nccl-bug': 0.2,
      'loss-nan-numerics': 0.1,
    },
    source: llama,
    pattern: near(
      '\\b(?:torch|pytorch|deepspeed|megatron\\w*|lightning|accelerate|transformers|trl|nemo|ray|horovod|vllm|composer|apex|transformer engine|flash[- ]?attn|flash[- ]attention|library|libraries|framework|python|container image|image|environment|venv|conda env\\w*)\\b',
      `\\b(?:after|since|was|were|has been|have been|just|when|with the new)\\b.{0,30}?\\b${changed}\\b|\\b${changed}\\b.{0,40}?\\b(?:yesterday|recently|before|ago|last week|since|to \\d|from \\d)|\\bnew (?:image|version|release)\\b`,
      40,
    ),
    check: (_said, sentence) =>
      !/\b(?:works?|worked|fix\w*|solv\w*|gone|helps?|helped|no longer|driver|nccl|kernel|not (?:changed|updated|upgraded))\b/i.test(
        sentence,
      ) && !inVain.test(sentence),
    sees: [
      'after upgrade of torch from 2.0 to 2.1',
      'since DeepSpeed was updated',
      'the container image was changed yesterday',
      'began when transformers was upgraded',
    ],
    ignores: ['torch was not upgraded', 'upgrading torch helped', 'torch was upgraded before, the same error'],
  },
  {
    id: 'seen.changed.network',
    summary: 'network, switches, OFED or addressing were changed before it began',
    role: 'context',
    weighs: {
      'roce-gid-misconfig': 1,
      'mtu-mismatch': 0.9,
      'net-plugin-mismatch': 0.9,
      'rdma-link-fault': 0.7,
      'firewall-blocked': 0.6,
      'socket-interface-mismatch': 0.6,
      'gdr-peermem-missing': 0.6,
    },
    source: llama,
    pattern: near(
      '\\b(?:switch(?:es)?|network|ofed|mofed|hca firmware|nic firmware|vlan|ip addresses|addressing|bond(?:ing)?|netplan|cabling|fabric|subnet)\\b',
      `\\b(?:after|since|was|were|has been|have been|just|when)\\b.{0,30}?\\b(?:${changed}|reconfigured|recabled|maintained|maintenance|rebooted|renamed)\\b|\\b(?:${changed}|reconfigured)\\b.{0,40}?\\b(?:yesterday|recently|before|ago|last week|last night|since)`,
      40,
    ),
    check: (_said, sentence) =>
      !/\b(?:works?|worked|fix\w*|solv\w*|gone|helps?|helped|no longer|not (?:changed|updated))\b|\bcontext switch|\bswitched to\b/i.test(
        sentence,
      ),
    sees: [
      'since OFED was updated on the nodes',
      'the switches were reconfigured last night',
      'after the network maintenance: the network was changed',
    ],
    ignores: ['nothing in the network was not changed', 'network changes helped'],
  },
  {
    id: 'seen.changed.node',
    summary: 'a node is new, replaced or installed anew',
    role: 'context',
    weighs: {
      'driver-version-mismatch': 0.7,
      'gdr-peermem-missing': 0.9,
      'mtu-mismatch': 0.8,
      'roce-gid-misconfig': 0.7,
      'firewall-blocked': 0.8,
      'fabricmanager-not-running': 0.7,
      'nccl-version-mismatch': 0.4,
      'ulimit-too-low': 0.7,
      'acs-iommu-p2p-broken': 0.6,
      'socket-interface-mismatch': 0.5,
      'shared-fs-problem': 0.4,
      'permission-misconfig': 0.4,
      'container-toolkit-misconfig': 0.4,
      'host-hardware-fault': 0.2,
    },
    source: llama,
    pattern: any(
      /\b(?:new|replacement|spare|freshly installed|re-?installed|re-?imaged|newly added|added) (?:nodes?|hosts?|servers?|machines?)\b/,
      near(
        '\\b(?:nodes?|hosts?|servers?|machines?)(?:-\\w+)?\\b',
        '\\b(?:(?:was|were|is|are|has been|have been|had been) (?:just |newly |recently )?(?:added|re-?installed|re-?imaged|replaced|new|rebuilt|rebooted|restarted)|after (?:a |the |its )?reboot)\\b',
        30,
      ),
    ),
    check: (_said, sentence) =>
      !/\b(?:works?|worked|fix\w*|solv\w*|gone|helps?|helped|no longer|fine)\b/i.test(sentence),
    sees: [
      'node-09 is new in the cluster: a new node',
      'the node was reinstalled last week',
      'it began with the two newly added hosts',
      'node-04 had been rebooted',
    ],
    ignores: ['replacing the node helped'],
  },
  {
    id: 'seen.changed.code',
    summary: 'the program or its settings were changed before it began',
    role: 'context',
    weighs: {
      'user-code-error': 1.2,
      'collective-mismatch': 0.9,
      'uneven-data': 0.5,
      'launcher-rank-misconfig': 0.6,
      'gpu-oom': 0.5,
      'loss-nan-numerics': 0.5,
      'framework-bug': 0.2,
    },
    source: llama,
    pattern: any(
      /\bnew (?:data ?set|model|config|script|code)\b/,
      near(
        '\\b(?:code|script|config(?:uration)?|settings?|hyper-?parameters?|data ?set|model|commit|batch size|branch|launch script|loss function)\\b',
        '\\b(?:was|were|has been|have been|just|since|after|recently|newly|new)\\b.{0,20}?\\b(?:changed|edited|modified|refactored|added|merged|replaced|commit|rewritten|increased)\\b',
        40,
      ),
    ),
    check: (_said, sentence) =>
      !/\b(?:not|nothing|never|no) (?:\w+ ){0,2}(?:changed|edited|modified|new)|\b(?:works?|worked|fix\w*|helps?|helped|gone)\b/i.test(
        sentence,
      ),
    sees: [
      'the script was changed yesterday',
      'since a new commit was merged into the code: code was merged',
      'first run with a new data set',
      'batch size was increased',
    ],
    ignores: ['the code was not changed', 'nothing changed in the config'],
  },
  {
    id: 'seen.changed.merged',
    summary: 'it began with a change to a library that was merged there',
    role: 'context',
    weighs: { 'framework-bug': 1.3, 'user-code-error': 0.4, 'nccl-bug': 0.2 },
    source: 'https://git-scm.com/docs/git-bisect',
    pattern: any(
      /\b(?:after|since|soon after|right after|with|from|until)\b.{0,20}?\b(?:changes?|prs?|pull requests?|patch(?:es)?|feature|refactor\w*|rewrite)\b.{0,60}?\b(?:(?:was|were|got|had been|has been|is) )?(?:merged|landed)\b/,
      /\b(?:bisect(?:s|ed|ing)?|git bisect)\b.{0,40}?\b(?:commit|change|pr|to)\b/,
    ),
    check: (_said, sentence) =>
      !/\b(?:fix\w*|solv\w*|gone|helps?|helped|no longer|works? (?:again|since))\b/i.test(sentence),
    sees: [
      'it began soon after a change to the sampler was merged',
      'fails since the pull request that rewrote the loader landed',
      'bisecting leads to one commit of the library',
    ],
    ignores: ['the fix was merged', 'after the merge of the shards'],
  },
  {
    id: 'seen.tests.of-library',
    summary: 'automatic tests of a library show it, on machines and with settings that are the same each time',
    role: 'context',
    weighs: { 'framework-bug': 1, 'user-code-error': -0.3 },
    source: 'https://docs.github.com/en/actions/about-github-actions/about-continuous-integration-with-github-actions',
    pattern:
      /\b(?:scheduled|nightly|daily|weekly|automat\w+) (?:[\w-]+ ){0,2}?(?:CI|workflows?)\b|\b(?:scheduled|nightly|daily|weekly|automat\w+|our|the) (?:[\w-]+ ){0,2}?(?:CI|continuous integration|test suite|unit tests?|regression tests?|integration tests?)\b|\b(?:CI|continuous integration|unit|regression|integration) (?:tests?|jobs?|runs?|pipelines?)\b/,
    sees: ['scheduled CI test of the trainer', 'the nightly test workflow fails', 'a unit test of the library hangs'],
    ignores: ['a test of the network passes', 'the nightly backup', 'a container of the demo workflow'],
  },
  {
    id: 'seen.changed.nothing',
    summary: 'the same job ran before, and nothing of it was changed',
    role: 'context',
    weighs: {
      'gpu-fell-off-bus': 0.4,
      'gpu-ecc-uncorrectable': 0.4,
      'gpu-clock-throttle': 0.5,
      'rdma-link-fault': 0.5,
      'host-hardware-fault': 0.4,
      'nvlink-fabric-error': 0.4,
      'disk-full': 0.6,
      'foreign-gpu-process': 0.5,
      'shared-fs-problem': 0.4,
      'facility-fault': 0.4,
      'cgroup-device-loss': 0.3,
      // Updates come by themselves, and take effect when the machine starts again.
      'driver-version-mismatch': 0.4,
      'container-toolkit-misconfig': -0.4,
      'user-code-error': -1,
      'framework-bug': -0.7,
      'nccl-bug': -0.6,
      'launcher-rank-misconfig': -0.7,
      'collective-mismatch': -0.6,
      'uneven-data': -0.4,
      'gpu-oom': -0.5,
      'nccl-env-misconfig': -0.4,
      'loss-nan-numerics': -0.3,
    },
    source: llama,
    pattern: any(
      /\bsame (?:job|code|script|config\w*|command|run|training|image|program|setup|settings)\b.{0,40}?\b(?:ran|run|worked|works|was fine|succeeded|finished|completed|had run|passed)\b(?:.{0,30}?\b(?:yesterday|before|last|earlier|until|ago|for (?:days|weeks|months)|fine|ok)\b)?/,
      /\b(?:worked|ran|was|were|was running|running)\b.{0,20}?\b(?:fine|ok|well|normally|without (?:problems|issues))?\s?(?:yesterday|until (?:yesterday|today|last|this)|last (?:week|month|night)|for (?:\w+ )?(?:days|weeks|months))\b/,
      /\bnothing (?:was|has been|had been|has) (?:\w+ )?changed\b|\bno changes? (?:to|in|of|were|since)\b|\bwithout (?:any )?changes?\b|\b(?:code|script|config\w*|image|software) (?:is|are|was|were) (?:unchanged|not changed|the same)\b/,
      /\bneither\b.{3,80}?\bnor\b.{3,60}?\b(?:was|were|has been|have been|had been|has|have|is|are) (?:changed|touched|updated|modified|altered)\b|\bnobody (?:has |had )?(?:changed|touched|updated|modified) anything\b/,
      /\b(?:training|it|this|everything|the (?:job|code|script|machine|server|setup|set-up)|all|gpus?) (?:had |has |always |all )?(?:worked|ran|run) (?:fine |well |perfectly |ok )?before\b(?! (?:the|that|it|a|this|with|on|in|upgrad\w+|updat\w+|install\w+|we|I)\b)/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\b(?:on|with) (?:another|other|a different|the other)\b|\bnever (?:ran|worked)|\b(?:works|runs) (?:fine |well )?(?:on|with|under|in) /i.test(
        sentence,
      ) && !comparesReleases.test(sentence),
    sees: [
      'same job ran yesterday',
      'it worked fine until last week',
      'nothing has been changed',
      'the code is unchanged',
      'the same script had run for weeks',
      'neither the hardware nor the driver was changed',
      'training worked before',
    ],
    ignores: [
      'the same script ran on another cluster',
      'the script was changed',
      'it ran before the upgrade of the driver',
      'the same script works on 4 GPUs',
    ],
  },
]);
