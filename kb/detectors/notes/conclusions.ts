import type { KnownCategory } from '../../../workflows/domain/categories.ts';
import { noteDetector, type NotePattern } from './note-patterns.ts';
import { any, inOrder } from './words.ts';

// How people close the threads that the other files cite, such as this one: "it was the firewall".
const source = 'https://github.com/debauchee/barrier/issues/327';

const concluding =
  "(?:\\bit (?:was|is|were)\\b|\\bit['’]s\\b(?! (?:possible|likely|unlikely|hard|easy|important|recommended|best|better|also|safe))|\\bturn(?:s|ed) out (?:to be|that)?\\b|\\b(?:root )?(?:cause|culprit|reason|fault|problem|issue|trouble)s? (?:is|was|were|lay (?:in|with)|lies (?:in|with)|turned out to be)\\b|\\bcaused by\\b|\\bdue to\\b|\\bbecause of\\b|\\btraced (?:it )?(?:back )?to\\b|\\bnarrowed (?:it )?down to\\b)";
const culprit =
  '(?:is|was|were) (?:the )?(?:root )?(?:cause|culprit|reason|problem|fault|one to blame|at fault|to blame)\\b';

/** What somebody holds to be the cause, in so many words: worth less than what was measured. */
function conclusion(
  category: KnownCategory,
  things: string,
  sees: NotePattern['sees'],
  ignores: NotePattern['ignores'],
): NotePattern {
  return {
    id: `seen.concluded.${category}`,
    summary: `somebody concluded: ${category}`,
    role: 'cause',
    weighs: { [category]: 3.6 },
    source,
    pattern: any(inOrder(concluding, `\\b(?:${things})\\b`, 30), inOrder(`\\b(?:${things})\\b`, `\\b${culprit}`, 25)),
    sees,
    ignores,
  };
}

/** "It turned out to be …". */
export const conclusionsSeen = noteDetector('notes-conclusions', [
  conclusion(
    'firewall-blocked',
    'firewalls?|firewalld|iptables|ufw|security groups?|blocked ports?|selinux',
    ['indeed, it was the firewall', 'iptables was the culprit'],
    ['it was not the firewall', 'maybe it is the firewall'],
  ),
  conclusion(
    'mtu-mismatch',
    'mtus?|jumbo frames?',
    ['the problem was the MTU', 'it turned out to be a wrong MTU'],
    ['the problem was not the MTU'],
  ),
  conclusion(
    'roce-gid-misconfig',
    'gid(?: index)?|gid table',
    ['the cause was the GID index'],
    ['the GID index was not the cause'],
  ),
  conclusion(
    'rdma-link-fault',
    '(?:bad |broken |loose |faulty |dirty |defective )?(?:cables?|transceivers?|optics?|fib(?:er|re)s?|hca|switch ports?|ib ports?|link flaps?|nic firmware|hca firmware)|packet loss',
    ['it was a bad cable', 'traced it back to a flaky transceiver: the transceiver was the culprit'],
    ['it was not the cable'],
  ),
  conclusion(
    'disk-full',
    'full (?:disk|/tmp|file ?system|root|volume)|disk (?:was|being|is) full|(?:quota|inodes?|disk space)(?: (?:was|being) full)?',
    ['caused by a full disk', 'the problem was the quota'],
    ['the quota was not the problem', 'the step is slow due to disk reads'],
  ),
  conclusion(
    'gpu-clock-throttle',
    'throttling|(?:clock|power) (?:lock|cap|limit)|overheating|locked clocks?|low clocks?',
    ['the slow-down is due to thermal throttling', 'it was a clock lock'],
    ['it is not due to throttling'],
  ),
  conclusion(
    'gpu-driver-bug',
    '(?:gpu |nvidia )?driver(?: (?:bug|defect|version|release|regression))?|gsp',
    ['it turned out to be a driver bug'],
    ['it was not the driver'],
  ),
  conclusion(
    'nccl-bug',
    'nccl (?:bug|defect|regression)|bug in nccl|defect in nccl',
    ['the cause is a bug in NCCL'],
    ['it is not an NCCL bug'],
  ),
  conclusion(
    'framework-bug',
    '(?:bug|defect|regression) (?:in|of) (?:torch|pytorch|deepspeed|megatron\\S*|lightning|accelerate|transformers|nemo|ray|the (?:trainer|library|framework))',
    ['it was a bug in DeepSpeed'],
    ['it is not a bug in torch'],
  ),
  conclusion(
    'user-code-error',
    '(?:my|our|own) (?:mistake|bug|code|script|fault|typo|config\\w*|error)|typo',
    ['it was my own mistake', 'the problem was a typo'],
    ['it was not our code'],
  ),
  conclusion(
    'host-oom',
    'oom[- ]?killer|host (?:oom|memory)|lack of (?:host )?memory|out of host memory|ram',
    ['caused by lack of host memory'],
    ['it was not the OOM killer'],
  ),
  conclusion(
    'shm-too-small',
    '(?:small |too small )?(?:/dev/shm|shm(?: size)?|shared memory)',
    ['the reason was the small shared memory of the container'],
    ['it was not the shm size'],
  ),
  conclusion(
    'ulimit-too-low',
    'memlock|ulimits?|locked memory|ipc_lock|open[- ]files? limit',
    ['the problem was memlock'],
    ['it was not the ulimit'],
  ),
  conclusion(
    'acs-iommu-p2p-broken',
    'acs|iommu|vt-d',
    ['the culprit was ACS', 'IOMMU was the culprit'],
    ['it was not the IOMMU'],
  ),
  conclusion(
    'socket-interface-mismatch',
    '(?:wrong |docker )?(?:network )?interface(?: name)?|docker0|NCCL_SOCKET_IFNAME|GLOO_SOCKET_IFNAME',
    ['the problem was the wrong interface'],
    ['it was not the interface'],
  ),
  conclusion(
    'rendezvous-resolution',
    'dns|name resolution|/etc/hosts|host ?name|MASTER_ADDR|MASTER_PORT',
    ['it turned out to be DNS'],
    ['it is not DNS'],
  ),
  conclusion(
    'shared-fs-problem',
    'nfs(?: server)?|lustre|shared (?:file ?system|storage)|file ?server|gpfs',
    ['the stall was due to the NFS server', 'the problem was Lustre'],
    ['it was not the NFS server'],
  ),
  conclusion(
    'dataloader-stall',
    'data ?loader|data loading|input pipeline|slow disk|garbage collect(?:ion|or)',
    ['it turned out that the data loader was the problem'],
    ['it was not the data loader'],
  ),
  conclusion(
    'uneven-data',
    'uneven (?:data|batches|inputs|shards)|different numbers? of batches|last batch',
    ['caused by a different number of batches'],
    ['it was not the last batch'],
  ),
  conclusion(
    'foreign-gpu-process',
    '(?:another|other|old|zombie|left-?over|foreign|stale) (?:\\w+ )?(?:process(?:es)?|jobs?)',
    ['it was a zombie process'],
    ['it was not another job'],
  ),
  conclusion(
    'host-hardware-fault',
    '(?:bad |broken |loose |faulty )?(?:riser|psu|power suppl(?:y|ies)|main ?board|mother ?board|nvlink bridge|dimm|pcie slot|backplane)',
    ['it was a loose riser', 'the PSU was at fault'],
    ['it was not the PSU'],
  ),
  conclusion(
    'facility-fault',
    'power (?:outage|loss|failure|dip|cut)|(?:failed )?(?:cooling|chiller|pdu|ups|air ?con\\w*)',
    ['caused by a power outage'],
    ['it was not the cooling'],
  ),
  conclusion(
    'permission-misconfig',
    'permissions?|root[ _]squash|file owner\\w*|ownership|ssh keys?',
    ['the problem was the ownership of the folder', 'due to permissions'],
    ['it was not the permissions'],
  ),
  conclusion(
    'checkpoint-corruption',
    '(?:corrupt(?:ed)?|broken|damaged|truncated|incomplete|empty) (?:checkpoints?|ckpt|model file|weights?|shard)',
    ['caused by a truncated checkpoint'],
    ['it is not due to a broken checkpoint'],
  ),
  conclusion(
    'loss-nan-numerics',
    'fp16|half precision|overflow|learning rate|mixed precision|numerical (?:instability|overflow)',
    ['the NaN was due to fp16'],
    ['it was not the learning rate'],
  ),
]);
