import { complained, type NodeCommand } from '../command.ts';

/**
 * `timedatectl timesync-status` and `show-timesync` of systemd 249 where chrony keeps the time: its package takes the
 * place of systemd-timesyncd, so nobody answers on the bus (`timedatectl.c`; of the second one the words are those of
 * the error that the bus's answer is turned into).
 */
export const timedatectl: NodeCommand = {
  name: 'timedatectl',
  run: (_context, [verb = 'status']) => complained(answers[verb] ?? `Unknown command verb ${verb}.\n`, 1),
};

const answers: Readonly<Record<string, string>> = {
  'timesync-status':
    'Failed to query server: The name org.freedesktop.timesync1 was not provided by any .service files\n',
  'show-timesync': 'Failed to parse bus message: No route to host\n',
};
