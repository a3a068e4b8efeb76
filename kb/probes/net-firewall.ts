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
import { requiredLines } from './text-table.ts';

const noArgs = z.object({});

/** The host's packet filter, as iptables lists it. */
export const netFirewall: Probe<z.infer<typeof noArgs>, Filter> = {
  id: 'net.firewall',
  platform: 'nvidia-linux',
  summary: 'rules of the packet filter that drop or reject, as iptables lists them',
  question: 'Does the host’s packet filter keep ranks from each other?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'root',
  impact: 'passive',
  costMs: 100,
  timeoutMs: 15_000,
  outputBytesMax: 2 * 1024 * 1024,
  args: noArgs,
  argv: () => ['sudo', '-n', 'iptables', '-S'],
  parse(output) {
    const lines = requiredLines(output, 'iptables').filter(({ text }) => !text.startsWith('#'));
    const policies: Filter['policies'][number][] = [];
    const rules: Filter['rules'][number][] = [];
    const accepting: { readonly chain: string }[] = [];
    for (const { text, line } of lines) {
      const match = /^-([PNA]) (\S{1,64})(?: (.*))?$/.exec(text);
      if (match === null) throw new ProbeParseError(`line ${line}: not a rule of iptables -S`);
      const [, command, chain = '', rest = ''] = match;
      if (command === 'P' && chain !== 'FORWARD') policies.push({ chain, drops: /^(DROP|REJECT)$/.test(rest), line });
      if (command === 'A' && /-j ACCEPT\b/.test(rest) && acceptsPeers(chain, rest)) accepting.push({ chain });
      if (command === 'A' && /-j (?:DROP|REJECT)\b/.test(rest) && !isHarmlessDrop(chain, rest))
        rules.push({ line, chain, text, servicesOnly: onlyServices(rest) });
    }
    if (policies.length === 0) throw new ProbeParseError('no policy in iptables -S');
    const letsPeersIn = accepting.some(({ chain }) => !policies.some((one) => one.chain === chain))
      ? policies.map(({ chain }) => chain)
      : accepting.map(({ chain }) => chain);
    return { policies, rules, letsPeersIn, count: lines.filter(({ text }) => text.startsWith('-A')).length };
  },
  outcomes: firewallKinds,
  meaning: filterMeaning,
  siblings: { numbers: filterNumbers, rules: filterRules, kind: firewallUnlike },
};

/** `--dport 25`, `--dports 137,138`, `--dport 1:1023`. */
function onlyServices(rule: string): boolean {
  const ports = /--dports? ([\d:,]{1,100})/.exec(rule)?.[1];
  return ports !== undefined && ports.split(/[:,]/).every((port) => Number(port) < 1_024);
}
