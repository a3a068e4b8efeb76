import { spread } from '../../noise.ts';
import { mtuOf } from '../../physics/network/ethernet.ts';
import { pathTo, resolve, resolverGivesUpMs } from '../../physics/network/reach.ts';
import type { CommandContext, TimedCommand } from '../command.ts';
import { complaint, out, wait, type Play } from '../play.ts';

/** `ping [-M do] [-c N] [-i S] [-W S] [-s BYTES] HOST` of iputils 20211215. */
export const ping: TimedCommand = {
  name: 'ping',
  *play(context, args) {
    const asked = parse(args);
    if (asked === null) {
      yield complaint('ping: usage error: Destination address required\n');
      return 2;
    }
    const found = resolve(context, asked.host);
    if (found.kind !== 'address') {
      if (found.kind === 'no-answer') yield wait(resolverGivesUpMs);
      const reason = found.kind === 'no-answer' ? 'Temporary failure in name resolution' : 'Name or service not known';
      yield complaint(`ping: ${asked.host}: ${reason}\n`);
      return 2;
    }
    return yield* echoes(context, asked, found.address, found.name);
  },
};

interface Asked {
  readonly host: string;
  readonly count: number;
  readonly intervalMs: number;
  readonly waitMs: number;
  readonly bytes: number;
  readonly whole: boolean;
}

const withValue = new Set(['-M', '-c', '-i', '-W', '-s']);

function parse(args: readonly string[]): Asked | null {
  const values = new Map<string, string>();
  let host: string | undefined;
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (withValue.has(arg)) {
      values.set(arg, args[at + 1] ?? '');
      at += 1;
    } else if (arg.startsWith('-') || host !== undefined) return null;
    else host = arg;
  }
  if (host === undefined) return null;
  const number = (option: string, usual: number) => Number(values.get(option) ?? usual);
  return {
    host,
    count: number('-c', 4),
    intervalMs: 1_000 * number('-i', 1),
    waitMs: 1_000 * number('-W', 10),
    bytes: number('-s', 56),
    whole: values.get('-M') === 'do',
  };
}

// IP and ICMP headers.
const headerBytes = 28;

function* echoes(context: CommandContext, asked: Asked, address: string, name: string): Play {
  const { node, timeline, nowMs } = context;
  const { bytes, count, intervalMs, waitMs } = asked;
  const shown = name === address ? address : `${name} (${address})`;
  yield out(`PING ${name} (${address}) ${bytes}(${bytes + headerBytes}) bytes of data.\n`);
  const path = pathTo(context, address);
  const own = mtuOf(timeline.segmentAt(nowMs).settings, node, 'bond0', nowMs);
  const isLocal = address.startsWith('127.') || address === node.managementIp;
  const tooLong = asked.whole && !isLocal && bytes + headerBytes > own;
  const answered = !tooLong && (isLocal || (path.kind === 'open' && bytes + headerBytes <= path.mtu));
  const times: number[] = [];
  let spentMs = 0;
  for (let number = 1; number <= count; number += 1) {
    if (number > 1) {
      spentMs += intervalMs + 4;
      yield wait(intervalMs);
    }
    if (tooLong) yield complaint(`ping: local error: message too long, mtu=${own}\n`);
    if (!answered) continue;
    const ms =
      (bytes > 1_500 ? 0.14 : 0.09) * (1 + 0.25 * spread(context.world.seed, 'ping', node.index, nowMs, number));
    times.push(ms);
    yield out(`${bytes + 8} bytes from ${shown}: icmp_seq=${number} ttl=64 time=${ms.toFixed(3)} ms\n`);
  }
  if (times.length === 0 && !tooLong) {
    spentMs += waitMs;
    yield wait(waitMs);
  }
  const lost = count - times.length;
  const errors = tooLong ? `+${count} errors, ` : '';
  yield out(
    `\n--- ${name} ping statistics ---\n${count} packets transmitted, ${times.length} received, ${errors}${Math.round((100 * lost) / count)}% packet loss, time ${Math.round(spentMs)}ms\n${rtt(times)}`,
  );
  return times.length > 0 ? 0 : 1;
}

function rtt(times: readonly number[]): string {
  if (times.length === 0) return '\n';
  const mean = times.reduce((sum, one) => sum + one, 0) / times.length;
  const deviation = Math.sqrt(times.reduce((sum, one) => sum + (one - mean) ** 2, 0) / times.length);
  const shown = [Math.min(...times), mean, Math.max(...times), deviation].map((one) => one.toFixed(3));
  return `rtt min/avg/max/mdev = ${shown.join('/')} ms\n`;
}
