import { factAt } from '../../state/facts/fact-at.ts';
import { complained, printed, type CommandContext, type NodeCommand } from '../command.ts';
import { rootUuid } from './files.ts';

export const kernelRelease = '5.15.0-113-generic';
export const kernelBuild = '#123-Ubuntu SMP Mon Jun 10 08:16:17 UTC 2024';

/** `uname -srvm`. */
export const uname: NodeCommand = {
  name: 'uname',
  run: (_context, args) =>
    args.join(' ') === '-srvm'
      ? printed(`Linux ${kernelRelease} ${kernelBuild} x86_64\n`)
      : complained(`uname: extra operand ‘${args[0] ?? ''}’\nTry 'uname --help' for more information.\n`, 1),
};

/** `/proc/version`. */
export function kernelVersion(): string {
  const compiler = 'gcc (Ubuntu 11.4.0-1ubuntu1~22.04) 11.4.0, GNU ld (GNU Binutils for Ubuntu) 2.38';
  return `Linux version ${kernelRelease} (buildd@lcy02-amd64-058) (${compiler}) ${kernelBuild}\n`;
}

/** `/proc/cmdline`. */
export function kernelCmdline(context: CommandContext): string {
  return `BOOT_IMAGE=/boot/vmlinuz-${kernelRelease} root=UUID=${rootUuid(context)} ro ${iommuWords(context)} pci=realloc=off nvme_core.multipath=N transparent_hugepage=madvise console=tty0 console=ttyS0,115200n8\n`;
}

/** On an AMD host the IOMMU is on unless the command line says otherwise. */
function iommuWords({ timeline, node, nowMs }: CommandContext): string {
  const state = factAt(timeline, { fact: 'host.iommu', place: node.name }, nowMs);
  return iommuOptions[state] ?? 'amd_iommu=on';
}

const iommuOptions: Readonly<Record<string, string>> = {
  off: 'amd_iommu=off',
  pt: 'amd_iommu=on iommu=pt',
  strict: 'amd_iommu=on iommu.strict=1',
};
