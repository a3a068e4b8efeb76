import { expect, it } from 'vitest';
import { detectors, logFindingKinds } from '../../../kb/detectors/index.ts';
import { firstFault } from '../../../kb/logs/first-fault.ts';
import { scanBytes } from '../../../kb/logs/scan.ts';

const kinds = new Map(logFindingKinds.map((kind) => [kind.id, kind]));
const watchdog =
  '[rank1]:[E1121 03:30:00.0 ProcessGroupNCCL.cpp:607] [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=8, OpType=ALLREDUCE, Timeout(ms)=600000) ran for 600020 milliseconds before timing out.';

function findingsOf(files: Readonly<Record<string, string>>) {
  const referenceMs = Date.UTC(2026, 11, 1);
  return scanBytes(
    Object.entries(files).map(([source, text]) => ({
      source,
      evidenceId: `ev_${source}`,
      bytes: new TextEncoder().encode(text),
      referenceMs,
    })),
    detectors,
  );
}

it('takes the earliest cause by time, whichever file it stands in', () => {
  const findings = findingsOf({
    'a.log': `${watchdog}\n2026-11-21 03:20:00,000 OSError: [Errno 28] No space left on device\n`,
    'b.log': 'Nov 21 03:12:59 node-07 kernel: NVRM: Xid (PCI:0000:c1:00): 79, GPU has fallen off the bus.\n',
  });
  expect(firstFault(findings, kinds)?.kind).toBe('nvidia.xid.79');
});

it('falls back to the order of lines where there are no times', () => {
  const findings = findingsOf({ 'a.log': 'loss: nan\nCUDA out of memory.\n' });
  expect(firstFault(findings, kinds)?.kind).toBe('loss.not-finite');
});

it('takes the earliest symptom only where nothing else is known', () => {
  expect(firstFault(findingsOf({ 'a.log': `${watchdog}\n` }), kinds)?.kind).toBe('torch.nccl.watchdog-timeout');
  expect(firstFault(findingsOf({ 'a.log': `${watchdog}\nCUDA out of memory.\n` }), kinds)?.kind).toBe('torch.cuda.oom');
  expect(firstFault(findingsOf({ 'a.log': 'all is well\n' }), kinds)).toBeNull();
});

it('does not let an earlier unrelated warning stand for the cause that was settled on', () => {
  const findings = findingsOf({
    'a.log': 'RuntimeError: something odd happened\nNVRM: Xid (PCI:0000:c1:00): 79, GPU has fallen off the bus.\n',
  });
  expect(firstFault(findings, kinds, ['gpu-fell-off-bus'])?.kind).toBe('nvidia.xid.79');
});
