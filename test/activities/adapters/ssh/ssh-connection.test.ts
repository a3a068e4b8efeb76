import { afterEach, describe, expect, it } from 'vitest';
import type { ServerChannel } from 'ssh2';
import { createSshProbeRunner } from '../../../../activities/adapters/ssh/probe-runner.ts';
import type { PortErrorKind } from '../../../../activities/ports.ts';
import { newKey, startSshNode, type SshNode } from './ssh-node.ts';

const hostKey = newKey();
const clientKey = newKey();
const limits = { timeoutMs: 5_000, outputBytesMax: 10_000 };
const opened: SshNode[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function nodeThat(answer: (command: string, channel: ServerChannel) => void, listed?: readonly string[]) {
  const one = await startSshNode({ hostKey, clientKey, answer, ...(listed === undefined ? {} : { listed }) });
  opened.push(one);
  return one;
}

const runner = createSshProbeRunner({ privateKey: clientKey.private, limits: { keepMs: 10, graceMs: 50 } });

async function failure(work: Promise<unknown>): Promise<{ kind: PortErrorKind; message: string }> {
  try {
    await work;
  } catch (error) {
    return error as { kind: PortErrorKind; message: string };
  }
  throw new Error('it was expected to fail');
}

describe('a probe over SSH', () => {
  it('brings back both streams and the exit code, and leaves no connection behind', async () => {
    const one = await nodeThat((_command, channel) => {
      channel.write('active\n');
      channel.stderr.write('a remark\n');
      channel.exit(3);
      channel.end();
    });
    const output = await runner.run(one.node, ['systemctl', 'is-active', 'slurmd'], limits);
    expect(output).toMatchObject({ stdout: 'active\n', stderr: 'a remark\n', exitCode: 3 });
    expect(one.commands).toEqual(['timeout -k 2 5 systemctl is-active slurmd']);
    await expect.poll(one.open).toBe(0);
  });

  it('says null for the exit code of a command that a signal ended', async () => {
    const one = await nodeThat((_command, channel) => {
      // `exit` with a signal name; the types of ssh2 know the numeric form only.
      (channel.exit as (signal: string, core: boolean) => void).call(channel, 'KILL', false);
      channel.end();
    });
    expect((await runner.run(one.node, ['lsmod'], limits)).exitCode).toBeNull();
  });

  it('drains output that is larger than a channel window', async () => {
    const one = await nodeThat((_command, channel) => {
      channel.write('x'.repeat(3_000_000), () => {
        channel.exit(0);
        channel.end();
      });
    });
    const output = await runner.run(one.node, ['dmesg'], { ...limits, outputBytesMax: 4_000_000 });
    expect(output.stdout).toHaveLength(3_000_000);
  });
});

describe('the host key', () => {
  it('that has changed is a refusal to talk, with both fingerprints and what to do', async () => {
    const expected = newKey();
    const one = await nodeThat((_command, channel) => channel.end(), [expected.public]);
    const error = await failure(runner.run(one.node, ['lsmod'], limits));
    expect(error.kind).toBe('tampered');
    expect(error.message).toMatch(
      /^node-01: the host key is not one of the inventory; expected SHA256:\S+ \(ssh-ed25519\), seen SHA256:/,
    );
    expect(error.message).toContain('put the new key into the inventory');
    expect(one.commands).toEqual([]);
  });

  it('may be any of those that the inventory lists', async () => {
    const one = await nodeThat(
      (_command, channel) => {
        channel.exit(0);
        channel.end();
      },
      [newKey().public, hostKey.public],
    );
    expect((await runner.run(one.node, ['lsmod'], limits)).exitCode).toBe(0);
  });
});

describe('trouble', () => {
  it('with the login is denied, and names the user', async () => {
    const one = await nodeThat((_command, channel) => channel.end());
    const stranger = createSshProbeRunner({ privateKey: newKey().private });
    const error = await failure(stranger.run(one.node, ['lsmod'], limits));
    expect(error.kind).toBe('denied');
    expect(error.message).toContain('wardround-probe was not let in');
  });

  it('with the network is unreachable, and names address and port', async () => {
    const one = await nodeThat((_command, channel) => channel.end());
    await opened.splice(0)[0]?.close();
    const error = await failure(runner.run(one.node, ['lsmod'], limits));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toContain(`127.0.0.1 port ${one.node.ssh.port}`);
  });

  it('a command that never ends is given up and its connection destroyed', async () => {
    const one = await nodeThat(() => undefined);
    const error = await failure(runner.run(one.node, ['lsmod'], { ...limits, timeoutMs: 150 }));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toContain('did not end within 150 ms');
    await expect.poll(one.open).toBe(0);
  });

  it('a flood of output is cut at its cap, on either stream, and what came before is kept', async () => {
    const one = await nodeThat((_command, channel) => channel.stderr.write('x'.repeat(50_000)));
    const output = await runner.run(one.node, ['lsmod'], limits);
    expect(output).toMatchObject({ stdout: '', exitCode: null, cut: 'too-large' });
    expect(output.stderr).toHaveLength(limits.outputBytesMax);
    await expect.poll(() => one.signals).toEqual(['KILL']);
    await expect.poll(one.open).toBe(0);
  });

  it('of a log that is longer than its cap the newest lines are kept whole, and it is told that some are missing', async () => {
    const line = (at: number) => `line ${String(at).padStart(5, '0')}\n`;
    const one = await nodeThat((_command, channel) => {
      channel.stderr.write('a remark\n');
      for (let at = 0; at < 3_000; at += 100)
        channel.write(Array.from({ length: 100 }, (_each, more) => line(at + more)).join(''));
      channel.exit(0);
      channel.end();
    });
    const keepingTail = { ...limits, keeps: 'tail' as const };
    const output = await runner.run(one.node, ['dmesg'], keepingTail);
    expect(output).toMatchObject({ stderr: 'a remark\n', exitCode: 0, cut: 'too-large' });
    const lines = output.stdout.split('\n');
    // Eleven bytes a line.
    expect(lines).toHaveLength(Math.floor(limits.outputBytesMax / 11) + 1);
    expect([lines[0], lines.at(-2), lines.at(-1)]).toEqual(['line 02091', 'line 02999', '']);
    const whole = await runner.run(one.node, ['dmesg'], { ...keepingTail, outputBytesMax: 33_000 });
    expect(whole).not.toHaveProperty('cut');
    expect(whole.stdout).toHaveLength(33_000);
  });

  it('a log that never ends is cut all the same', async () => {
    const one = await nodeThat((_command, channel) => channel.write('x'.repeat(200_000)));
    const output = await runner.run(one.node, ['dmesg'], { ...limits, keeps: 'tail' });
    expect(output).toMatchObject({ stdout: '', exitCode: null, cut: 'too-large' });
    await expect.poll(one.open).toBe(0);
  });

  it('what was printed until the deadline is kept and marked, and the command is ended', async () => {
    const one = await nodeThat((_command, channel) => channel.write('first line\n'));
    const output = await runner.run(one.node, ['lsmod'], { ...limits, timeoutMs: 150 });
    expect(output).toMatchObject({ stdout: 'first line\n', exitCode: null, cut: 'deadline' });
    await expect.poll(() => one.signals).toEqual(['KILL']);
    await expect.poll(one.open).toBe(0);
  });

  it('a command that its node ended at the deadline is marked, one that ends itself with 124 is not', async () => {
    const one = await nodeThat((command, channel) => {
      channel.write('so far\n');
      const end = () => {
        channel.exit(124);
        channel.end();
      };
      if (command.includes('slow')) setTimeout(end, 120);
      else end();
    });
    const slow = await runner.run(one.node, ['slow'], { ...limits, timeoutMs: 100 });
    expect(slow).toMatchObject({ stdout: 'so far\n', exitCode: 124, cut: 'deadline' });
    const quick = await runner.run(one.node, ['stat'], limits);
    expect(quick).toMatchObject({ exitCode: 124 });
    expect(quick.cut).toBeUndefined();
  });

  it('a link that breaks in the middle is half an answer and says so; without an answer it is unreachable', async () => {
    const one = await nodeThat((command, channel) => {
      if (command.includes('dmesg')) channel.write('half of it');
      channel.end();
    });
    expect(await runner.run(one.node, ['dmesg'], limits)).toMatchObject({ stdout: 'half of it', cut: 'lost' });
    expect((await failure(runner.run(one.node, ['lsmod'], limits))).kind).toBe('unreachable');
  });

  it('a cancelled probe ends at once with the reason of its signal', async () => {
    const cancel = new AbortController();
    const one = await nodeThat(() => cancel.abort(new Error('the operator cancelled')));
    await expect(runner.run(one.node, ['lsmod'], { ...limits, signal: cancel.signal })).rejects.toThrow(
      'the operator cancelled',
    );
    await expect.poll(one.open).toBe(0);
  });
});
