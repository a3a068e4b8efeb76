import { describe, expect, it } from 'vitest';
import { absentInContainer } from '../../../kb/reasoning/absent-in-container.ts';
import { countWithoutFabric } from '../../../kb/reasoning/count-without-fabric.ts';
import { hangsOnOneHost } from '../../../kb/reasoning/hang-on-one-host.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

const digest = 'a'.repeat(64);

function finding(kind: string, text: string): Finding {
  return { id: kind, kind, role: 'cause', count: 1, range: { evidenceId: digest, source: 'log.txt' }, text };
}

describe('GPUs that cannot be counted', () => {
  const failed = finding('cuda.count.unexpected', 'Unexpected error from cudaGetDeviceCount()');
  const machine = finding('seen.machine.nvswitch', 'a p4d.24xlarge');

  it('are without fabric manager where the machine needs it', () =>
    expect(countWithoutFabric([failed, machine])).toMatchObject([{ kind: 'cuda.count.failed-on-nvswitch' }]));

  it('tell nothing of it elsewhere', () => {
    expect(countWithoutFabric([failed])).toEqual([]);
    expect(countWithoutFabric([machine])).toEqual([]);
  });
});

describe('a benchmark of collectives on one host', () => {
  const listed = finding('nccl-tests.ranks.on-one-host', '# Rank 1 Pid 42 on node-01 device 1');
  const hang = finding('seen.hang.silent', 'it prints this and then hangs');

  it('that hangs needs no network for it', () =>
    expect(hangsOnOneHost([listed, hang])).toMatchObject([{ kind: 'nccl-tests.hang.on-one-host', role: 'cause' }]));

  it('is no news as long as nobody says that it hangs', () => {
    expect(hangsOnOneHost([listed])).toEqual([]);
    expect(hangsOnOneHost([hang])).toEqual([]);
  });
});

describe('a program that finds no GPU', () => {
  const absent = finding('nvidia.driver.absent-for-program', 'RuntimeError: No CUDA GPUs are available');

  it('may not have been handed any where it runs in a container', () =>
    expect(absentInContainer([absent, finding('container.command.shown', 'docker run --rm image')])).toMatchObject([
      { kind: 'container.gpus.absent-inside' },
    ]));

  it('is not taken to run in one without a sign of it', () => expect(absentInContainer([absent])).toEqual([]));
});
