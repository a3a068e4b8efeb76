import { builtOn, driverState, moduleLoaded } from '../physics/driver-state.ts';
import { presenceOf } from '../physics/gpu-presence.ts';
import { pcieReplays } from '../physics/pcie.ts';
import { fabricManagerSource } from './nv-fabric.ts';
import { complained, printed, type CommandContext, type CommandResult, type NodeCommand } from './command.ts';
import { dimmCounters } from '../physics/dimm.ts';

const versionFile = '/proc/driver/nvidia/version';

/** `cat /proc/driver/nvidia/version`. */
export const driverVersionFile: NodeCommand = {
  name: 'cat',
  takes: (args) => args.length === 1 && args[0] === versionFile,
  run({ timeline, node, nowMs }) {
    const { settings } = timeline.segmentAt(nowMs);
    if (!moduleLoaded(settings, node.name, 'nvidia', nowMs))
      return complained(`cat: ${versionFile}: No such file or directory\n`, 1);
    const { module } = driverState(settings, node.name, nowMs);
    return printed(
      `NVRM version: NVIDIA UNIX x86_64 Kernel Module  ${module}  ${builtOn(module)}\n` +
        'GCC version:  gcc version 11.4.0 (Ubuntu 11.4.0-1ubuntu1~22.04) \n',
    );
  },
};

/** `tail -n 200 /var/log/fabricmanager.log`. */
export const fabricManagerTail: NodeCommand = {
  name: 'tail',
  takes: (args) => args[0] === '-n' && args[2] === '/var/log/fabricmanager.log',
  run: (context, args) => fabricManagerSource(context, Number(args[1])),
};

/** `grep -H . FILE…` of modules and of PCIe error counters in /sys, and `grep -rH .` of the memory controllers. */
export const sysGrep: NodeCommand = {
  name: 'grep',
  takes: (args) =>
    (args[0] === '-H' &&
      args[1] === '.' &&
      args.slice(2).some((path) => moduleFile.test(path) || aerFile.test(path))) ||
    (args[0] === '-rH' && args[2] === edacFolder),
  run(context, args) {
    if (args[0] === '-rH') return memoryControllers(context);
    const results = args.slice(2).map((path) => fileLines(context, path));
    const missing = results.some((one) => one.exitCode !== 0);
    return {
      stdout: results.map((one) => one.stdout).join(''),
      stderr: results.map((one) => one.stderr).join(''),
      exitCode: missing ? 2 : 0,
    };
  },
};

const moduleFile = /^\/sys\/module\/(nvidia|nvidia_uvm|nvidia_peermem)\/version$/;
const aerFile =
  /^\/sys\/bus\/pci\/devices\/([0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7])\/aer_dev_(correctable|nonfatal|fatal)$/;
const edacFolder = '/sys/devices/system/edac/mc';

function fileLines(context: CommandContext, path: string): CommandResult {
  const module = moduleFile.exec(path)?.[1];
  const aer = aerFile.exec(path);
  const text =
    module !== undefined
      ? moduleVersion(context, module)
      : aer === null
        ? null
        : aerCounters(context, aer[1] ?? '', aer[2] ?? '');
  if (text === null) return complained(`grep: ${path}: No such file or directory\n`, 2);
  return printed(text.map((line) => `${path}:${line}\n`).join(''));
}

function moduleVersion({ timeline, node, nowMs }: CommandContext, module: string): readonly string[] | null {
  const { settings } = timeline.segmentAt(nowMs);
  if (!moduleLoaded(settings, node.name, 'nvidia', nowMs) || !moduleLoaded(settings, node.name, module, nowMs))
    return null;
  return [driverState(settings, node.name, nowMs).module];
}

// drivers/pci/pcie/aer.c of Linux 5.15: aer_correctable_error_string, aer_uncorrectable_error_string.
const correctable = ['RxErr', 'BadTLP', 'BadDLLP', 'Rollover', 'Timeout', 'NonFatalErr', 'CorrIntErr', 'HeaderOF'];
const uncorrectable = [
  'Undefined',
  'DLP',
  'SDES',
  'TLP',
  'FCP',
  'CmpltTO',
  'CmpltAbrt',
  'UnxCmplt',
  'RxOF',
  'MalfTLP',
  'ECRC',
  'UnsupReq',
  'ACSViol',
  'UncorrIntErr',
  'BlockedTLP',
  'AtomicOpBlocked',
  'TLPBlockedErr',
  'PoisonTLPBlocked',
];

/** A device that does not answer keeps its folder until it is removed; what is read there is what the kernel counted. */
function aerCounters({ timeline, node, nowMs }: CommandContext, bdf: string, kind: string): readonly string[] | null {
  const { settings } = timeline.segmentAt(nowMs);
  const gpu = node.gpus.find((one) => one.busId.slice(4).toLowerCase() === bdf.toLowerCase());
  if (gpu === undefined || presenceOf(settings, node, gpu.index, nowMs) === 'absent') return null;
  if (kind !== 'correctable')
    return [...uncorrectable.map((name) => `${name} 0`), `TOTAL_ERR_${kind === 'fatal' ? 'FATAL' : 'NONFATAL'} 0`];
  const total = pcieReplays(timeline, node, gpu.index, nowMs);
  const share = (part: number) => Math.floor(total * part);
  const counts: Readonly<Record<string, number>> = {
    BadTLP: share(0.38),
    BadDLLP: share(0.11),
    Timeout: share(0.07),
    Rollover: share(0.04),
  };
  const rest = total - Object.values(counts).reduce((sum, one) => sum + one, 0);
  return [
    ...correctable.map((name) => `${name} ${name === 'RxErr' ? rest : (counts[name] ?? 0)}`),
    `TOTAL_ERR_COR ${total}`,
  ];
}

/** `grep -rH . /sys/devices/system/edac/mc --include=ce_count --include=ue_count`. */
function memoryControllers({ timeline, node, nowMs }: CommandContext): CommandResult {
  const lines = dimmCounters(timeline, node, nowMs).flatMap(({ controller, dimms, ce, ue }) => [
    `${edacFolder}/mc${controller}/ce_count:${ce}`,
    `${edacFolder}/mc${controller}/ue_count:${ue}`,
    ...dimms.flatMap((dimm) => [
      `${edacFolder}/mc${controller}/${dimm.rank}/dimm_ce_count:${dimm.ce}`,
      `${edacFolder}/mc${controller}/${dimm.rank}/dimm_ue_count:${dimm.ue}`,
    ]),
  ]);
  // `--include` takes the names of files: the counters of single modules have others.
  return printed(
    lines
      .filter((line) => !line.includes('dimm_'))
      .map((line) => `${line}\n`)
      .join(''),
  );
}
