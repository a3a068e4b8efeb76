import { cat } from './cat.ts';
import { complained, type CommandContext, type CommandResult, type NodeCommand } from './command.ts';
import { parseCommandLine } from './command-line.ts';
import { dcgmi } from './dcgmi.ts';
import { df } from './df.ts';
import { dmesg } from './dmesg.ts';
import { ibstat } from './ibstat.ts';
import { ip } from './ip.ts';
import { lsmod } from './lsmod.ts';
import { mlxlink } from './mlxlink.ts';
import { nvidiaSmi } from './nvidia-smi/index.ts';
import { perfquery } from './perfquery.ts';
import { ps } from './ps.ts';
import { scontrol } from './scontrol.ts';
import { systemctl } from './systemctl.ts';
import { uptime } from './uptime.ts';
import { wardroundSpace } from './wardround-space.ts';

/** The tools of a node; one file each. */
export const commands: readonly NodeCommand[] = [
  nvidiaSmi,
  dcgmi,
  ibstat,
  perfquery,
  mlxlink,
  dmesg,
  df,
  cat,
  lsmod,
  uptime,
  systemctl,
  scontrol,
  ps,
  wardroundSpace,
  ip,
];

/** What a login shell on the node would answer to this command line. */
export function runLine(context: CommandContext, line: string): CommandResult {
  const parsed = parseCommandLine(line);
  if ('error' in parsed) return complained(`sh: 1: ${parsed.error}\n`, 2);
  return runArgv(context, parsed.argv);
}

export function runArgv(context: CommandContext, argv: readonly string[]): CommandResult {
  const [name = '', ...args] = withoutTimeout(argv);
  const tool = name.startsWith('/usr/bin/') || name.startsWith('/bin/') ? name.slice(name.lastIndexOf('/') + 1) : name;
  const command = commands.find((one) => one.name === tool);
  if (command === undefined) return complained(`sh: 1: ${name}: not found\n`, 127);
  return command.run(context, args);
}

/** `timeout [-k SECONDS] SECONDS COMMAND …` runs the command; nothing here ever takes long enough to be killed. */
function withoutTimeout(argv: readonly string[]): readonly string[] {
  if (argv[0] !== 'timeout') return argv;
  const rest = argv[1] === '-k' ? argv.slice(3) : argv.slice(1);
  return /^[0-9.]+s?$/.test(rest[0] ?? '') ? rest.slice(1) : argv;
}
