import { plainTime } from '../clock.ts';
import { load1, memory } from '../physics/host.ts';
import { findNode } from '../world.ts';
import { complained, printed, type NodeCommand } from './command.ts';

/** `scontrol show node NAME`, in Slurm 23.11's layout. */
export const scontrol: NodeCommand = {
  name: 'scontrol',
  run(context, args) {
    const [verb, kind, name = context.node.name] = args;
    if (verb !== 'show' || kind !== 'node') return complained('invalid keyword: ' + (verb ?? '') + '\n', 1);
    const node = findNode(context.world, name);
    if (node === undefined) return printed(`Node ${name} not found\n`, 1);
    const { world, nowMs } = context;
    const time = (ms: number) => plainTime(ms).replace(' ', 'T');
    const gpus = node.gpus.length;
    const freeMib = Math.floor(memory(world, node, nowMs).freeKib / 1024);
    return printed(
      [
        `NodeName=${node.name} Arch=x86_64 CoresPerSocket=48 `,
        `   CPUAlloc=192 CPUEfctv=192 CPUTot=192 CPULoad=${load1(world, node, nowMs).toFixed(2)}`,
        '   AvailableFeatures=a800',
        '   ActiveFeatures=a800',
        `   Gres=gpu:a800:${gpus}(S:0-1)`,
        `   NodeAddr=${node.managementIp} NodeHostName=${node.name} Version=23.11.8`,
        '   OS=Linux 5.15.0-113-generic #123-Ubuntu SMP Mon Jun 10 08:16:17 UTC 2024 ',
        `   RealMemory=1031000 AllocMem=983040 FreeMem=${freeMib} Sockets=2 Boards=1`,
        '   State=ALLOCATED ThreadsPerCore=2 TmpDisk=0 Weight=1 Owner=N/A MCS_label=N/A',
        '   Partitions=train ',
        `   BootTime=${time(node.bootMs)} SlurmdStartTime=${time(node.bootMs + 92_000)}`,
        `   LastBusyTime=${time(world.job.startMs)} ResumeAfterTime=None`,
        `   CfgTRES=cpu=192,mem=1031000M,billing=192,gres/gpu=${gpus},gres/gpu:a800=${gpus}`,
        `   AllocTRES=cpu=192,mem=960G,gres/gpu=${gpus},gres/gpu:a800=${gpus}`,
        '   CapWatts=n/a',
        '   CurrentWatts=0 AveWatts=0',
        '   ExtSensorsJoules=n/a ExtSensorsWatts=0 ExtSensorsTemp=n/a',
        '',
        '',
      ].join('\n'),
    );
  },
};
