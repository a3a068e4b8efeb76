import { ctime } from '../../clock.ts';
import { moduleLoaded } from '../../physics/driver-state.ts';
import { bootMsOf } from '../../physics/node-life.ts';
import { printed, type CommandContext, type NodeCommand } from '../command.ts';

/** `ls -l /dev/nvidia0 …`: device nodes of the host. */
export const lsDeviceNodes: NodeCommand = {
  name: 'ls',
  takes: (args) => args[0] === '-l' && args.length > 1 && args.slice(1).every((path) => path.startsWith('/dev/nvidia')),
  run(context, [, ...paths]) {
    const found = paths.filter((path) => exists(context, path));
    const missing = paths.filter((path) => !found.includes(path));
    const stamp = stampOf(context);
    const files = found
      .filter((path) => path !== capabilities)
      .map((path) => `crw-rw-rw- 1 root root ${numbers(path)} ${stamp} ${path}\n`);
    const folder = found.includes(capabilities)
      ? `${files.length > 0 ? '\n' : ''}${paths.length > 1 ? `${capabilities}:\n` : ''}total 0\ncr-------- 1 root root 234, 1 ${stamp} nvidia-cap1\ncr--r--r-- 1 root root 234, 2 ${stamp} nvidia-cap2\n`
      : '';
    return {
      ...printed(files.join('') + folder),
      stderr: missing.map((path) => `ls: cannot access '${path}': No such file or directory\n`).join(''),
      exitCode: missing.length > 0 ? 2 : 0,
    };
  },
};

const capabilities = '/dev/nvidia-caps';

function exists({ timeline, node, nowMs }: CommandContext, path: string): boolean {
  const { settings } = timeline.segmentAt(nowMs);
  const gpu = /^\/dev\/nvidia(\d+)$/.exec(path);
  const loaded = (module: string) => moduleLoaded(settings, node.name, module, nowMs);
  if (path.startsWith('/dev/nvidia-uvm')) return loaded('nvidia') && loaded('nvidia_uvm') && path in known;
  if (gpu !== null) return loaded('nvidia') && Number(gpu[1]) < node.gpus.length;
  return loaded('nvidia') && (path === capabilities || path in known);
}

/** Major and minor: 195 is NVIDIA's, that of the memory module is drawn by the kernel. */
const known: Readonly<Record<string, string>> = {
  '/dev/nvidiactl': '195, 255',
  '/dev/nvidia-modeset': '195, 254',
  '/dev/nvidia-uvm': '510,   0',
  '/dev/nvidia-uvm-tools': '510,   1',
};

function numbers(path: string): string {
  return known[path] ?? `195, ${path.replace('/dev/nvidia', '').padStart(3)}`;
}

/** `Nov  3 11:20`: the nodes are made when the driver is loaded. */
function stampOf({ timeline, node, nowMs }: CommandContext): string {
  const text = ctime(bootMsOf(timeline.segmentAt(nowMs).settings, node, nowMs) + 14_000);
  return text.slice(4, 16);
}
