import { describe, expect, it } from 'vitest';
import { requireTool, ToolMissingError } from '../../../kb/probes/missing-tool.ts';
import { ProbeParseError } from '../../../kb/schemas/probe.ts';
import { printed } from './probe-case.ts';

const asked = (exitCode: number | null, stderr: string, tool = 'nvme') => {
  try {
    requireTool(printed('', exitCode, stderr), tool);
    return 'begins';
  } catch (error) {
    if (!(error instanceof ToolMissingError)) throw error;
    expect(error).toBeInstanceOf(ProbeParseError);
    return error.message;
  }
};

describe('a tool that is missing', () => {
  it.each([
    ['bash', 127, 'bash: line 1: nvme: command not found\n'],
    ['bash -c', 127, 'bash: nvme: command not found\n'],
    ['dash', 127, 'dash: 1: nvme: not found\n'],
    ['dash exec', 127, '/usr/local/bin/wardround-probe: 1: exec: nvme: not found\n'],
    ['sudo', 1, 'sudo: nvme: command not found\n'],
    ['timeout', 127, "timeout: failed to run command 'nvme': No such file or directory\n"],
    ['timeout in UTF-8', 127, 'timeout: failed to run command ‘nvme’: No such file or directory\n'],
    ['busybox', 127, "timeout: can't execute 'nvme': No such file or directory\n"],
    ['a shell of another kind', 127, ''],
  ])('reads the same from %s', (_shell, exitCode, stderr) => {
    expect(asked(exitCode, stderr)).toBe('nvme is not installed on the node');
  });

  it('is named as the one that is missing', () => {
    expect(asked(127, "timeout: failed to run command 'sudo': No such file or directory\n")).toBe(
      'sudo is not installed on the node',
    );
  });

  it.each([
    ['a password', 1, 'sudo: a password is required\n'],
    ['a rule', 1, "Sorry, user wardround is not allowed to execute '/usr/sbin/nvme smart-log' as root on node-07.\n"],
  ])('or that sudo does not let run for want of %s', (_what, exitCode, stderr) => {
    expect(asked(exitCode, stderr)).toBe('nvme is not permitted through sudo on the node');
  });

  it('or that the key may not run', () => {
    const stderr = 'wardround-probe: refused: the command is not on the list of this key\n';
    expect(asked(126, stderr)).toBe("nvme is not on the node's allow-list");
  });
});

it.each([
  ['a failure of the tool itself', 1, '/dev/nvme0n1: No such file or directory\n'],
  ['a file that is missing', 1, 'cat: /proc/pressure/cpu: No such file or directory\n'],
  ['a folder that is missing', 2, 'grep: /sys/devices/system/edac/mc: No such file or directory\n'],
  ['success', 0, 'bash: line 1: nvme: command not found\n'],
  ['a command that was killed', null, ''],
])('%s is none', (_what, exitCode, stderr) => {
  expect(asked(exitCode, stderr)).toBe('begins');
});
