import { connectTo, resolve, resolverGivesUpMs } from '../../physics/network/reach.ts';
import type { TimedCommand } from '../command.ts';
import { complaint, wait } from '../play.ts';

/** `nc -z -v -w SECONDS HOST PORT` of OpenBSD's netcat, as Ubuntu has it: all that it says goes to standard error. */
export const nc: TimedCommand = {
  name: 'nc',
  *play(context, args) {
    const [scan, verbose, wait_, seconds = '', host = '', port = '', ...more] = args;
    if (scan !== '-z' || verbose !== '-v' || wait_ !== '-w' || !/^\d{1,5}$/.test(port) || more.length > 0) {
      yield complaint('usage: nc [-46CDdFhklNnrStUuvZz] [-w timeout] [destination] [port]\n');
      return 1;
    }
    const found = resolve(context, host);
    if (found.kind !== 'address') {
      if (found.kind === 'no-answer') yield wait(resolverGivesUpMs);
      const reason = found.kind === 'no-answer' ? 'Temporary failure in name resolution' : 'Name or service not known';
      yield complaint(`nc: getaddrinfo for host "${host}" port ${port}: ${reason}\n`);
      return 1;
    }
    const shown = found.name === found.address ? host : `${host} (${found.address})`;
    const to = `connect to ${shown} port ${port} (tcp)`;
    switch (connectTo(context, found.address, Number(port))) {
      case 'open':
        yield complaint(`Connection to ${shown} ${port} port [tcp/${names[port] ?? '*'}] succeeded!\n`);
        return 0;
      case 'refused':
        yield complaint(`nc: ${to} failed: Connection refused\n`);
        return 1;
      case 'prohibited':
        yield complaint(`nc: ${to} failed: No route to host\n`);
        return 1;
      case 'silent':
        yield wait(1_000 * Number(seconds));
        yield complaint(`nc: ${to} timed out: Operation now in progress\n`);
        return 1;
    }
  },
};

/** Of /etc/services. */
const names: Readonly<Record<string, string>> = { '22': 'ssh', '53': 'domain', '443': 'https' };
