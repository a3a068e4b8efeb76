import { clusterDomain } from '../../physics/network/ethernet.ts';
import { hostsEntries, nameserverOf, resolve, resolverGivesUpMs } from '../../physics/network/reach.ts';
import type { CommandContext, TimedCommand } from '../command.ts';
import { out, wait } from '../play.ts';

/** `getent ahosts HOST` of glibc 2.35: silent, with exit code 2, when there is no such name. */
export const getent: TimedCommand = {
  name: 'getent',
  *play(context, [database, host = '']) {
    if (database !== 'ahosts') return 1;
    const found = resolve(context, host);
    if (found.kind !== 'address') {
      if (found.kind === 'no-answer') yield wait(resolverGivesUpMs);
      return 2;
    }
    const name = found.name === found.address ? '' : found.name;
    const rows = ['STREAM', 'DGRAM', 'RAW'].map((type, at) => {
      const canonical = at === 0 ? name : '';
      return `${found.address.padEnd(15)} ${type.padEnd(6)} ${canonical}\n`;
    });
    yield out(rows.join(''));
    return 0;
  },
};

/** What the resolver reads. */
export const resolverFiles: Readonly<Record<string, (context: CommandContext) => string>> = {
  '/etc/resolv.conf': ({ timeline, node, nowMs }) =>
    `# Written by configuration management; local changes are lost.\nnameserver ${nameserverOf(timeline.segmentAt(nowMs).settings, node, nowMs)}\noptions edns0 trust-ad\nsearch ${clusterDomain}\n`,
  '/etc/hosts'({ timeline, node, nowMs }) {
    const entries = hostsEntries(timeline.segmentAt(nowMs).settings, node, nowMs);
    const rows = entries.map(({ address, name }) => `${address}\t${name}.${clusterDomain} ${name}\n`);
    return `127.0.0.1\tlocalhost\n${rows.join('')}\n# The following lines are desirable for IPv6 capable hosts\n::1     ip6-localhost ip6-loopback\nfe00::0 ip6-localnet\nff00::0 ip6-mcastprefix\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n`;
  },
};
