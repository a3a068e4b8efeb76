import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of one node: `bin` with the tools that the gate may call, `gate` with its journal. */
export interface NodeFolder {
  readonly bin: string;
  readonly gate: string;
}

/** Tools that root runs through the gate; each is a small sh script that asks the simulator. */
const rootTools = ['nvidia-smi'];

export interface NodeFolderOptions {
  readonly stateDir: string;
  readonly node: string;
  readonly nodeExecutable: string;
  readonly nodeCommandScript: string;
  readonly socketPath: string;
}

export function prepareNodeFolder(options: NodeFolderOptions): NodeFolder {
  const { stateDir, node, nodeExecutable, nodeCommandScript, socketPath } = options;
  const folder = join(stateDir, 'nodes', node);
  const bin = join(folder, 'bin');
  const gate = join(folder, 'gate');
  mkdirSync(bin, { recursive: true, mode: 0o700 });
  mkdirSync(gate, { recursive: true, mode: 0o700 });
  for (const tool of rootTools) {
    const words = [nodeExecutable, nodeCommandScript, socketPath, node, tool].map(quoted).join(' ');
    writeFileSync(join(bin, tool), `#!/bin/sh\nexec ${words} "$@"\n`);
    chmodSync(join(bin, tool), 0o755);
  }
  return { bin, gate };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
