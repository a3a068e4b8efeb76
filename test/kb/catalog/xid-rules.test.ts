import { describe, expect, it } from 'vitest';
import { burstGapMs, followUpOf, repeatWindowMs, type XidEvent } from '../../../kb/catalog/xid-rules.ts';

const gpu = '00000000:c1:00.0';
const other = '00000000:4e:00.0';
const minute = 60_000;

/** What is said of one code, on the first GPU that has it. */
function of(code: number, events: readonly XidEvent[]) {
  return followUpOf(events).find((one) => one.code === code);
}

const on = (device: string, ...codes: readonly number[]): readonly XidEvent[] =>
  codes.map((code) => ({ code, device }));

describe('WORKFLOW_XID_48', () => {
  it('alone: reset, then field diagnostics', () => {
    expect(of(48, on(gpu, 48))).toMatchObject({ rule: 'solo', immediate: 'RESET_GPU', followUp: 'RUN_FIELDDIAG' });
  });

  it.each([
    [63, 'IGNORE'],
    [64, 'CONTACT_SUPPORT'],
  ])('with %i: drain and reset, then what that code asks for', (code, followUp) => {
    expect(of(48, on(gpu, 48, code))).toMatchObject({
      rule: 'with',
      immediate: 'DRAIN_AND_RESET',
      followUp,
      because: [code],
    });
  });

  it('takes no company from another GPU', () => {
    expect(of(48, [...on(gpu, 48), ...on(other, 63)])).toMatchObject({ rule: 'solo', immediate: 'RESET_GPU' });
  });

  it('is told more by 171 and 172, which follow it', () => {
    expect(of(171, on(gpu, 48, 63, 171))).toMatchObject({
      rule: 'with',
      immediate: 'DRAIN_AND_RESET',
      because: [48, 63],
    });
    expect(of(172, on(gpu, 172))).toMatchObject({ rule: 'catalogue', immediate: null });
  });
});

describe('contained and uncontained errors', () => {
  it('follow what they come with', () => {
    expect(of(94, on(gpu, 48, 63, 94))).toMatchObject({
      immediate: 'RESTART_APP',
      followUp: 'IGNORE (sympathetic)',
      because: [48, 63],
    });
    expect(of(95, on(gpu, 95))).toMatchObject({ rule: 'solo', immediate: 'RESET_GPU', followUp: 'REPORT_ISSUE' });
  });
});

describe('row remapping', () => {
  it('alone is ignored when it succeeds, and needs support when it fails', () => {
    expect(of(63, on(gpu, 63))).toMatchObject({ rule: 'catalogue', immediate: 'IGNORE', followUp: 'IGNORE' });
    expect(of(64, on(gpu, 64))).toMatchObject({ immediate: 'RESET_GPU', followUp: 'CONTACT_SUPPORT' });
  });
});

describe('WORKFLOW_XID_45', () => {
  it('is ignored beside another Xid and restarts the fabric manager alone', () => {
    expect(of(45, on(gpu, 13, 45))).toMatchObject({ rule: 'with', immediate: 'IGNORE', because: [13] });
    expect(of(45, on(gpu, 45, 45))).toMatchObject({ rule: 'solo', immediate: 'RESTART_FM', count: 2 });
  });
});

describe('WORKFLOW_XID_13', () => {
  const at = (atMs: number, unit: string, device = gpu): XidEvent => ({ code: 13, atMs, unit, device });

  it('suspects the program after one burst, however many lines it has', () => {
    const burst = [0, 1, 2].map((ms) => at(ms, 'GPC 7, TPC 7, SM 0'));
    expect(of(13, burst)).toMatchObject({ rule: 'solo', followUp: 'CHECK_APP/CUDA', count: 3 });
  });

  it('suspects the hardware when bursts repeat in one TPC, whatever the SM', () => {
    const repeated = [at(0, 'GPC 7, TPC 7, SM 0'), at(burstGapMs + minute, 'GPC 7, TPC 7, SM 1')];
    expect(of(13, repeated)).toMatchObject({ rule: 'repeated', immediate: 'RESTART_APP', followUp: 'RUN_DCGMEUD' });
  });

  it('suspects the program when bursts come from different TPCs, or from none that is named', () => {
    const moving = [at(0, 'GPC 7, TPC 7, SM 0'), at(burstGapMs + minute, 'GPC 1, TPC 3, SM 0')];
    expect(of(13, moving)?.followUp).toBe('CHECK_APP/CUDA');
    const unnamed = [0, 60, 120].map((minutes) => ({ code: 13, device: gpu, atMs: minutes * minute }));
    expect(of(13, unnamed)?.followUp).toBe('CHECK_APP/CUDA');
  });

  it('forgets what is older than the window', () => {
    const old = [at(0, 'GPC 7, TPC 7, SM 0'), at(repeatWindowMs + minute, 'GPC 7, TPC 7, SM 0')];
    expect(of(13, old)).toMatchObject({ rule: 'solo', count: 1 });
  });
});

describe('WORKFLOW_XID_31', () => {
  const at = (atMs: number, device = gpu): XidEvent => ({ code: 31, atMs, device });

  it('suspects the hardware when one GPU repeats it, the program when several have it', () => {
    expect(of(31, [at(0), at(10 * minute)])).toMatchObject({ rule: 'repeated', followUp: 'RUN_DCGMEUD' });
    expect(of(31, [at(0), at(10 * minute), at(0, other)])).toMatchObject({ rule: 'solo', followUp: 'CHECK_APP/CUDA' });
    expect(of(31, [at(0)])?.followUp).toBe('CHECK_APP/CUDA');
  });

  it('counts programs where times are missing', () => {
    const runs = (...pids: readonly number[]) => pids.map((pid) => ({ code: 31, device: gpu, pid }));
    expect(of(31, runs(1, 1, 1))?.rule).toBe('solo');
    expect(of(31, runs(1, 2))?.rule).toBe('repeated');
  });
});

describe('links', () => {
  it('follow the GPU that failed, the own one or that at the other end', () => {
    expect(of(74, on(gpu, 74))).toMatchObject({ rule: 'catalogue', immediate: 'WORKFLOW_NVLINK_ERR' });
    expect(of(74, [...on(gpu, 74), ...on(other, 79)])).toMatchObject({
      rule: 'with',
      followUp: 'IGNORE (sympathetic)',
      because: [79],
    });
  });

  it('do what an Xid 154 beside them says, and otherwise restart the application', () => {
    const announced: XidEvent = { code: 154, device: gpu, recovery: 'GPU Reset Required' };
    expect(of(145, [...on(gpu, 145), announced])).toMatchObject({
      rule: 'with',
      immediate: 'RESET_GPU',
      because: [154],
    });
    expect(of(145, on(gpu, 145))).toMatchObject({ rule: 'solo', immediate: 'RESTART_APP' });
    expect(of(149, on(gpu, 149))?.rule).toBe('catalogue');
  });
});

describe('an Xid 154', () => {
  it('is answered by the last action that it announced', () => {
    const events: readonly XidEvent[] = [
      ...on(gpu, 79),
      { code: 154, device: gpu, recovery: 'Drain and Reset' },
      { code: 154, device: gpu, recovery: 'Node Reboot Required' },
    ];
    expect(of(154, events)).toMatchObject({ rule: 'announced', immediate: 'RESTART_BM', because: [79], count: 2 });
    expect(of(154, on(gpu, 154))).toMatchObject({ rule: 'catalogue', immediate: 'XID_154' });
  });
});

describe('any other code', () => {
  it('is answered by the catalogue, an unknown one by nothing', () => {
    expect(of(79, on(gpu, 79))).toMatchObject({
      rule: 'catalogue',
      immediate: 'RESTART_BM',
      followUp: 'CONTACT_SUPPORT',
    });
    expect(of(999, on(gpu, 999))).toMatchObject({ immediate: null, followUp: null });
    expect(followUpOf([])).toEqual([]);
  });
});
