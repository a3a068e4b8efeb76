import type { CommandContext } from '../command.ts';
import { resolverFiles } from './names.ts';
import { ncclConf } from './nccl-conf.ts';
import { netCounterFiles } from './sockets.ts';

/** Files of the network family that `cat` reads. */
export const networkFiles: Readonly<Record<string, (context: CommandContext) => string>> = {
  ...resolverFiles,
  ...netCounterFiles,
  '/etc/nccl.conf': ncclConf,
};
