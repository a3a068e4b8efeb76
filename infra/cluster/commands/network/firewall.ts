import { firewallOf } from '../../physics/network/reach.ts';
import { complained, printed, type CommandContext, type NodeCommand } from '../command.ts';

/** `iptables -S` of iptables 1.8.7: the rules of the container daemon, and those of the host where it is closed. */
export const iptables: NodeCommand = {
  name: 'iptables',
  run(context, args) {
    if (!context.root)
      return complained(
        'iptables v1.8.7 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)\n',
        4,
      );
    if (args.join(' ') !== '-S')
      return complained(`iptables v1.8.7 (nf_tables): unknown option "${args[0] ?? ''}"\n`, 2);
    const { closed, rejects } = inputOf(context);
    return printed(
      [
        `-P INPUT ${closed && !rejects ? 'DROP' : 'ACCEPT'}`,
        '-P FORWARD DROP',
        '-P OUTPUT ACCEPT',
        '-N DOCKER',
        '-N DOCKER-ISOLATION-STAGE-1',
        '-N DOCKER-ISOLATION-STAGE-2',
        '-N DOCKER-USER',
        ...(closed
          ? [
              '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
              '-A INPUT -i lo -j ACCEPT',
              '-A INPUT -p icmp -j ACCEPT',
              ...allowedPorts.map((port) => `-A INPUT -p tcp -m tcp --dport ${port} -j ACCEPT`),
              ...(rejects ? ['-A INPUT -j REJECT --reject-with icmp-host-prohibited'] : []),
            ]
          : []),
        '-A FORWARD -j DOCKER-USER',
        '-A FORWARD -j DOCKER-ISOLATION-STAGE-1',
        '-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        '-A FORWARD -o docker0 -j DOCKER',
        '-A FORWARD -i docker0 ! -o docker0 -j ACCEPT',
        '-A FORWARD -i docker0 -o docker0 -j ACCEPT',
        '-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2',
        '-A DOCKER-ISOLATION-STAGE-1 -j RETURN',
        '-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP',
        '-A DOCKER-ISOLATION-STAGE-2 -j RETURN',
        '-A DOCKER-USER -j RETURN',
        '',
      ].join('\n'),
    );
  },
};

const allowedPorts = [22, 6818, 9100, 9400];

/** `nft list ruleset` of nftables 1.0.2: what iptables-nft wrote, in its own words. */
export const nft: NodeCommand = {
  name: 'nft',
  run(context, args) {
    if (!context.root) return complained('Operation not permitted (you must be root)\n', 1);
    if (args.join(' ') !== 'list ruleset') return complained(`Error: syntax error, unexpected ${args[0] ?? ''}\n`, 1);
    const { closed, rejects } = inputOf(context);
    return printed(
      [
        'table ip filter {',
        '\tchain DOCKER {',
        '\t}',
        '',
        '\tchain DOCKER-USER {',
        '\t\tcounter packets 0 bytes 0 return',
        '\t}',
        '',
        '\tchain FORWARD {',
        '\t\ttype filter hook forward priority filter; policy drop;',
        '\t\tcounter packets 0 bytes 0 jump DOCKER-USER',
        '\t\toifname "docker0" ct state related,established counter packets 0 bytes 0 accept',
        '\t\tiifname "docker0" oifname != "docker0" counter packets 0 bytes 0 accept',
        '\t}',
        '',
        '\tchain INPUT {',
        `\t\ttype filter hook input priority filter; policy ${closed && !rejects ? 'drop' : 'accept'};`,
        ...(closed
          ? [
              '\t\tct state related,established counter packets 882104 bytes 1204551022 accept',
              '\t\tiifname "lo" counter packets 20114 bytes 9120331 accept',
              '\t\tmeta l4proto icmp counter packets 61 bytes 5124 accept',
              ...allowedPorts.map(
                (port) => `\t\tmeta l4proto tcp tcp dport ${port} counter packets 188 bytes 11280 accept`,
              ),
              ...(rejects ? ['\t\tcounter packets 902 bytes 54120 reject with icmp type host-prohibited'] : []),
            ]
          : []),
        '\t}',
        '}',
        '',
      ].join('\n'),
    );
  },
};

/** Whether only some ports are open, and whether the others are refused and not merely dropped. */
function inputOf({ timeline, node, nowMs }: CommandContext): { readonly closed: boolean; readonly rejects: boolean } {
  const state = firewallOf(timeline, node, nowMs);
  return { closed: state !== 'open', rejects: state === 'rejecting' };
}
