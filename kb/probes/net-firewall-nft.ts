import { z } from 'zod';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import {
  acceptsPeers,
  filterMeaning,
  filterNumbers,
  filterRules,
  firewallKinds,
  firewallUnlike,
  isHarmlessDrop,
  type Filter,
} from './firewall-kinds.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

const noArgs = z.object({});

/** The host's packet filter, as nftables lists it; what iptables set through the same kernel stands there too. */
export const netFirewallNft: Probe<z.infer<typeof noArgs>, Filter> = {
  id: 'net.firewall-nft',
  platform: 'nvidia-linux',
  summary: 'rules of the packet filter that drop or reject, as nftables lists them',
  question: 'Does a rule that iptables does not show keep ranks from each other?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'root',
  impact: 'passive',
  costMs: 100,
  timeoutMs: 15_000,
  outputBytesMax: 4 * 1024 * 1024,
  args: noArgs,
  argv: () => ['sudo', '-n', 'nft', 'list', 'ruleset'],
  parse(output) {
    requireTool(output, 'nft');
    if (output.exitCode !== 0) throw new ProbeParseError(`nft ended with ${output.exitCode ?? 'no exit code'}`);
    return filterIn(numberedLines(output).filter(({ text }) => !text.trimStart().startsWith('#')));
  },
  outcomes: firewallKinds,
  meaning: filterMeaning,
  siblings: { numbers: filterNumbers, rules: filterRules, kind: firewallUnlike },
};

// table inet filter {
//         chain input {
//                 type filter hook input priority filter; policy drop;
//                 tcp dport 29500 drop
function filterIn(lines: ReturnType<typeof numberedLines>): Filter {
  const policies: Filter['policies'][number][] = [];
  const rules: Filter['rules'][number][] = [];
  const accepting: { readonly chain: string }[] = [];
  let depth = 0;
  let chain = '';
  let count = 0;
  for (const { text, line } of lines) {
    const words = text.trim();
    if (depth === 0 && !/^table \w{1,10} \S{1,64} \{$/.test(words))
      throw new ProbeParseError(`line ${line}: not a table of nft`);
    const opens = /^(?:chain) (\S{1,64}) \{$/.exec(words)?.[1];
    if (opens !== undefined) chain = opens;
    depth += (words.match(/\{/g)?.length ?? 0) - (words.match(/\}/g)?.length ?? 0);
    const hook = /^type filter hook (input|output) .*?(?:policy (accept|drop);)?$/.exec(words);
    if (hook !== null) policies.push({ chain, drops: hook[2] === 'drop', line });
    else if (depth === 2 && chain !== '' && !words.endsWith('{')) {
      count += 1;
      if (/\b(?:drop|reject)\b/.test(words.replaceAll(/"[^"]*"/g, '')) && !isHarmlessDrop(chain, words))
        rules.push({ line, chain, text: words, servicesOnly: onlyServices(words) });
    }
    if (depth === 2 && /\baccept$/.test(words) && acceptsPeers(chain, words)) accepting.push({ chain });
    if (words === '}' && depth === 1) chain = '';
  }
  if (depth !== 0) throw new ProbeParseError('the list of nft ends within a table');
  // A chain that others jump to may serve any of them.
  const letsPeersIn = accepting.some(({ chain: one }) => !policies.some((policy) => policy.chain === one))
    ? policies.map((policy) => policy.chain)
    : accepting.map(({ chain: one }) => one);
  return { policies, rules, letsPeersIn, count };
}

/** `tcp dport 25 drop`, `tcp dport { 137, 138 } drop`, `tcp dport 1-1023 drop`. */
function onlyServices(rule: string): boolean {
  const ports = /\bdport (?:\{ ([\d, -]{1,100}) \}|([\d-]{1,11}))/.exec(rule);
  const list = ports?.[1] ?? ports?.[2];
  return list !== undefined && list.split(/[-,]/).every((port) => Number(port) < 1_024);
}
