import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of one node: `bin` with the tools that the gate may call, the same for all, and `gate` with its journal. */
export interface NodeFolder {
  readonly bin: string;
  readonly gate: string;
}

/** Tools that root runs through the gate; each is a small sh script that asks the simulator. */
const rootTools = ['nvidia-smi', 'mlxlink', 'scontrol', 'wardround-space'];

export interface ToolOptions {
  readonly stateDir: string;
  readonly nodeExecutable: string;
  readonly nodeCommandScript: string;
  readonly socketPath: string;
}

/** Writes the tools once for all nodes; they know their node by the folder of the gate that calls them. */
export function prepareTools(options: ToolOptions): string {
  const { stateDir, nodeExecutable, nodeCommandScript, socketPath } = options;
  const bin = join(stateDir, 'bin');
  mkdirSync(bin, { recursive: true, mode: 0o700 });
  const install = (tool: string, line: string) => {
    writeFileSync(join(bin, tool), `#!/bin/sh\nnode=\${WARDROUND_GATE_DIR%/gate}\n${line}\n`);
    chmodSync(join(bin, tool), 0o755);
  };
  const ask = [nodeExecutable, nodeCommandScript, socketPath].map(quoted).join(' ');
  for (const tool of rootTools) install(tool, `exec ${ask} "\${node##*/}" ${quoted(tool)} "$@"`);
  // `hostname -s`: the gate acts for its own node only.
  install('hostname', 'echo "${node##*/}"');
  return bin;
}

export function prepareNodeFolder(stateDir: string, node: string, bin: string): NodeFolder {
  const gate = join(stateDir, 'nodes', node, 'gate');
  mkdirSync(gate, { recursive: true, mode: 0o700 });
  return { bin, gate };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
