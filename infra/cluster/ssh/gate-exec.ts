import { spawn, type ChildProcess } from 'node:child_process';
import type { ServerChannel } from 'ssh2';
import type { NodeFolder } from './node-folder.ts';

/**
 * The forced command of the remediation key: the gate script alone decides what SSH_ORIGINAL_COMMAND may do.
 * As under sshd, a lost connection does not stop it.
 */
export function runGate(
  channel: ServerChannel,
  gateScript: string,
  folder: NodeFolder,
  originalCommand: string,
): ChildProcess {
  const child = spawn('/bin/sh', [gateScript], {
    cwd: folder.gate,
    env: {
      SSH_ORIGINAL_COMMAND: originalCommand,
      WARDROUND_GATE_DIR: folder.gate,
      WARDROUND_CONFIG_DIR: folder.config,
      PATH: `${folder.bin}:/usr/bin:/bin`,
      LC_ALL: 'C',
      HOME: folder.gate,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (bytes: Buffer) => channel.writable && channel.write(bytes));
  child.stderr.on('data', (bytes: Buffer) => channel.writable && channel.stderr.write(bytes));
  child.once('error', (error) => finish(channel, `sh: ${error.message}\n`, 126));
  child.once('close', (code) => finish(channel, '', code ?? 255));
  return child;
}

function finish(channel: ServerChannel, complaint: string, exitCode: number): void {
  if (!channel.writable) return;
  if (complaint !== '') channel.stderr.write(complaint);
  channel.exit(exitCode);
  channel.end();
}
