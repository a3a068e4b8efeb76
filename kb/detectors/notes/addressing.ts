import { noteDetector } from './note-patterns.ts';
import { any, near } from './words.ts';

const roce = 'https://enterprise-support.nvidia.com/s/article/howto-configure-roce-on-connectx-4';
const ncclEnv = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html';
const gidTable = 'https://docs.nvidia.com/networking/display/mlnxofedv24010331/rdma+over+converged+ethernet+(roce)';

function mtus(sentence: string): readonly number[] {
  const found = sentence.match(
    /(?<![\w.])(?:1024|1280|14\d\d|1500|15\d\d|2044|2048|4092|4096|8950|8972|9000|92\d\d|65520)(?![\w.])/g,
  );
  return [...new Set((found ?? []).map(Number))];
}

/** MTU and GIDs: how packets find their way. */
export const addressingSeen = noteDetector('notes-addressing', [
  {
    id: 'seen.mtu.equal',
    summary: 'the MTU is the same everywhere',
    role: 'context',
    weighs: { 'mtu-mismatch': -1.4 },
    source: roce,
    saysNot: true,
    pattern: near(
      '(?<![a-z])mtus?\\b',
      '\\b(?:the same|same|identical|equal|consistent|everywhere|on all|all (?:nodes|hosts|ports)|fine|ok|correct|matches|does not differ)\\b',
      40,
    ),
    check: (said, sentence) =>
      mtus(sentence).length < 2 &&
      !/\bnot (?:the same|identical|equal|consistent)|\w{1,5}n['’]t (?:the same|match)|\bexcept|\bbut\b|\bother/i.test(
        sentence,
      ) &&
      !/\bnot ok\b/i.test(said),
    sees: ['MTU is 9000 on all nodes', 'the MTU is the same everywhere'],
    ignores: ['MTU 1500 on node-03, 9000 on all others', 'the MTU is not the same'],
  },
  {
    id: 'seen.mtu.differs',
    summary: 'the MTU was seen to differ between end points or along the path',
    role: 'cause',
    weighs: { 'mtu-mismatch': 5 },
    source: roce,
    pattern: near(
      '(?<![a-z])mtus?\\b',
      '\\b(?:\\d{4,5}|differs?|different|mismatch\\w*|not (?:the same|identical|equal)|inconsistent|too (?:small|large|big|high|low)|smaller|larger|lower|wrong|still (?:at )?1500)\\b',
      50,
    ),
    saysNot: true,
    check: (said, sentence) =>
      (mtus(sentence).length > 1 ||
        /differ|mismatch|not (?:the same|identical|equal)|inconsistent|too |smaller|larger|lower|wrong|still/i.test(
          said,
        )) &&
      !/\b(?:no|without|not an?) (?:\w+ )?mtu\b|\bdo(?:es)? not differ|\bwith mtu \d+ it (?:works|runs)/i.test(
        sentence,
      ),
    sees: [
      'MTU 1500 on node-03, 9000 elsewhere',
      'MTUs differ between the two hosts',
      'the switch has MTU 1500 and the hosts 9000',
      'active_mtu is 1024 on one side and 4096 on the other',
    ],
    ignores: ['MTU 9000', 'MTU is the same on all nodes', 'no MTU mismatch'],
  },
  {
    id: 'seen.mtu.other-than-wanted',
    summary: 'the MTU was seen at another value than the network is made for',
    role: 'cause',
    weighs: { 'mtu-mismatch': 3.8 },
    source: roce,
    pattern: any(
      /(?<![a-z])mtus?\b.{0,30}?\b(?:should|must|ought to|has to|have to|needs? to|(?:was|were|is|are) (?:expected|supposed|meant) to) (?:have been|be|stand at)\b.{0,12}?\d{4}/,
      /\b(?:expected|wanted|required|instead of)\b.{0,12}?(?<![a-z])mtu\b.{0,12}?\d{4}/,
    ),
    sees: ['The mtu should be 9000.', 'expected an MTU of 4200'],
    ignores: ['the MTU is 9000', 'the batch size should be 4096'],
  },
  {
    id: 'seen.mtu.large-packets-lost',
    summary: 'large packets are lost where small ones pass',
    role: 'cause',
    weighs: { 'mtu-mismatch': 4, 'rdma-link-fault': 0.5, 'firewall-blocked': 0.2 },
    source: 'https://man7.org/linux/man-pages/man8/ping.8.html',
    pattern: any(
      near(
        '\\bping\\b',
        '\\b(?:-m do|-s ?\\d{4}|large (?:packets?|size)|big packets?|8972|jumbo)\\b.{0,60}?\\b(?:fails?|lost|no (?:reply|answer)|times? out|does not|too long|not (?:get )?through|100 ?%|nothing)',
        60,
      ),
      near(
        '\\b(?:small|short|tiny) (?:messages?|packets?|transfers?|tensors?)\\b',
        '\\b(?:large|big|larger|bigger|long|jumbo)(?: \\w+)? (?:hang|fail|are lost|get lost|stall|do not|never|time out|block|get stuck|drop|stuck)',
        80,
      ),
      /\b(?:jumbo frames?)\b.{0,40}?\b(?:not (?:enabled|set|configured|supported|passed)|dropped|lost|fail|disabled|missing)\b/,
    ),
    saysNot: true,
    sees: [
      'ping -M do -s 8972 to node-03 fails',
      'small messages pass, large ones hang',
      'jumbo frames are not enabled on the switch',
    ],
    ignores: ['ping works with all sizes', 'small messages are slow'],
  },
  {
    id: 'seen.gid.wrong',
    summary: 'GID entries were seen missing, changed or different between nodes',
    role: 'cause',
    weighs: { 'roce-gid-misconfig': 4.8 },
    source: gidTable,
    pattern: any(
      near(
        '\\b(?:gids?|gid[ _]?index(?:es)?|gid (?:table|entr(?:y|ies))|show_gids)\\b',
        "\\b(?:missing|absent|empty|wrong|differs?|different|not (?:there|present|the same|listed|routable)|\\w{1,5}n['’]t (?:there|exist|match)|link[- ]local|fe80\\S*|changed|shift(?:s|ed)|moved|roce ?v1|v1|zeros?|another (?:index|number)|other (?:index|number)|has no|no (?:entry|ipv4|gid)|does not exist|unroutable|not routed|gone)\\b",
        60,
      ),
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\b(?:uid|setgid|group id|owner|chown)\b/i.test(sentence) &&
      !/\bno (?:wrong|missing|changed) gid/i.test(sentence) &&
      !/\bnot (?:missing|wrong|changed)\b/i.test(said),
    sees: [
      'show_gids: index 3 missing',
      'GID index 3 is a link-local address on node-02',
      'the GID table differs between the nodes',
      'gid indexes shifted after the reboot',
      'GID 3 is RoCE v1 on one host',
    ],
    ignores: [
      'show_gids lists index 3 on all nodes',
      'uid and gid of the files are wrong',
      'the GID index is not wrong',
    ],
  },
  {
    id: 'seen.gid.set',
    summary: 'the GID index is set by hand',
    role: 'context',
    weighs: { 'roce-gid-misconfig': 1.2, 'nccl-env-misconfig': 0.2 },
    source: ncclEnv,
    pattern: /\bNCCL_IB_GID_INDEX\s?[=:]?\s?\d|\bUCX_IB_GID_INDEX\s?=|\bib_write_bw\b.{0,60}?\s-x \d/,
    sees: ['started with NCCL_IB_GID_INDEX=1'],
    ignores: ['NCCL_IB_GID_INDEX is not set'],
  },
]);
