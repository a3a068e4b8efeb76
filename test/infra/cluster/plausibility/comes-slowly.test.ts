import { afterEach, describe, expect, it } from 'vitest';
import type { Asked } from '../../../../infra/cluster/state/simulator.ts';
import type { Onset } from '../../../../infra/cluster/state/facts/onset.ts';
import { minutes, readingOf } from '../held-cluster.ts';
import { scene, type Scene } from './gpu-scene.ts';
import { hostScene, struck as hostStruck, well, type HostScene } from './host-scene.ts';
import { networkCluster, type NetworkCluster } from './network-tools.ts';

/*
 * Causes that grow, or come and go: what they do is worse later than sooner, or stops and begins again. Their rhythms and the
 * sources of those are in `faults/rhythms.ts` and beside the faults.
 */

let opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened) close();
  opened = [];
});
const sudden: Onset = { shape: 'sudden' };
const onHost = (fault: string, asked: Asked, afterMin = 0.1): HostScene => {
  const one = hostScene(fault, asked, afterMin);
  opened.push(() => one.close());
  return one;
};
const onGpu = (fault: string, asked: Asked, afterMin = 0.1): Scene => {
  const one = scene(fault, asked, afterMin);
  opened.push(() => one.close());
  return one;
};
const onNetwork = (): NetworkCluster => {
  const one = networkCluster(1);
  opened.push(() => {
    one.simulator.close();
    one.held.remove();
  });
  return one;
};

/** In which of so many looks, half a minute apart, the job hangs. */
const hangs = ({ phase, pass }: HostScene, looks: number) =>
  Array.from({ length: looks }, () => {
    pass(0.5);
    return phase() === 'hung';
  });
const turns = (seen: readonly boolean[]) => seen.filter((one, at) => at > 0 && one !== seen[at - 1]).length;

describe('a memory module that wears', () => {
  const counters = 'grep -rH . /sys/devices/system/edac/mc --include=ce_count --include=ue_count';
  const count = (at: Scene, what: 'ce' | 'ue') =>
    [...at.on(counters).matchAll(new RegExp(`/mc[01]/${what}_count:(\\d+)$`, 'gm'))].reduce(
      (sum, [, one]) => sum + Number(one),
      0,
    );

  // "DRAM Errors in the Wild" (SIGMETRICS 2009): corrected errors in the same month make uncorrectable ones 9 to 400 times as likely.
  it('has more corrected errors from minute to minute, and uncorrectable ones when it is worn out', () => {
    const at = onGpu('dimm-uncorrectable', {
      values: { corrected: 4 },
      onset: { shape: 'creeping', rampMs: minutes(12) },
    });
    const perMinute = Array.from({ length: 11 }, () => {
      const before = count(at, 'ce');
      at.pass(1);
      return count(at, 'ce') - before;
    });
    expect(perMinute.toSorted((a, b) => a - b)).toEqual(perMinute);
    expect(perMinute.at(-1)).toBeGreaterThan(5 * (perMinute[0] ?? Infinity));
    expect(count(at, 'ue')).toBe(0);
    expect(at.job()).toMatchObject({ phase: 'running', stepS: 8 });
    at.pass(2);
    expect(count(at, 'ue')).toBe(1);
    expect(at.job()).toMatchObject({ phase: 'ended', state: 'FAILED' });
    expect(at.dmesg()).toContain('Sending SIGBUS to pt_main_thread');
  });

  it('has as many corrected errors as its cells have, and reaches the limit of the event log as soon', () => {
    const seen = [0.1, 20].map((corrected) => {
      const at = onGpu('dimm-uncorrectable', { values: { corrected }, onset: sudden }, 10);
      return { ce: count(at, 'ce'), limit: at.bmc('sel elist last 200').includes('Correctable ECC logging limit') };
    });
    expect(seen).toEqual([
      { ce: 60, limit: false },
      { ce: 12_000, limit: true },
    ]);
  });
});

describe('a core that comes back', () => {
  // Documentation/admin-guide/lockup-watchdogs.rst: more than 20 s in the kernel without giving others a chance to run.
  it('holds the job up for minutes, and lets it go on, again and again; the watchdog speaks while it is away', () => {
    const at = onHost('soft-lockup', {
      target: { node: hostStruck },
      values: { cpu: 131 },
      onset: { shape: 'intermittent', periodMs: minutes(5), onShare: 0.5 },
    });
    const seen = hangs(at, 60);
    expect(turns(seen)).toBeGreaterThan(6);
    const share = seen.filter(Boolean).length / seen.length;
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.7);
    const stuck = [...at.dmesg().matchAll(/soft lockup - CPU#131 stuck for (\d+)s!/g)].map(([, s]) => Number(s));
    // Each time it is counted anew.
    expect(stuck.filter((seconds, one) => one > 0 && seconds < (stuck[one - 1] ?? 0)).length).toBeGreaterThan(2);
    expect(Math.max(...stuck)).toBeLessThan(300);
    expect(at.dmesg(well)).not.toContain('soft lockup');
    expect(at.on('ps -eo pid,ppid,stat,wchan:32,etimes,comm')).toContain('kworker/131:1H-kblockd');
    at.simulator.heal('soft-lockup');
    at.pass(3);
    expect(new Set(hangs(at, 20))).toEqual(new Set([false]));
  });
});

describe('a path with one wrong port', () => {
  // ping(8), -M do and -s: what is larger than the smallest MTU on the way is lost without a word.
  it('loses large packets while traffic is on that port, and the job hangs only then', () => {
    const cluster = onNetwork();
    const { target } = cluster.simulator.inject('mtu-path', {
      values: { size: 0 },
      onset: { shape: 'intermittent', periodMs: minutes(8), onShare: 0.6 },
    });
    const sibling = cluster.sibling(target.node);
    const seen = Array.from({ length: 60 }, () => {
      cluster.held.pass(30_000);
      const passes = cluster.on(sibling, `ping -M do -c 2 -i 0.2 -W 2 -s 8972 ${target.node}`).exitCode === 0;
      return { passes, hung: cluster.phase() === 'hung' };
    });
    expect(turns(seen.map(({ passes }) => passes))).toBeGreaterThan(3);
    expect(seen.some(({ hung }) => hung)).toBe(true);
    expect(seen.filter(({ passes, hung }) => passes && hung)).toEqual([]);
  });
});

describe('a validation suite that grows', () => {
  const hungAfterMin = (onset: Onset) => {
    const at = onHost('evaluation-longer-than-timeout', { values: { minutes: 12 }, onset });
    return hangs(at, 80).indexOf(true) / 2;
  };

  // ProcessGroupNCCL.hpp: the default time-out of collectives is ten minutes.
  it('is survived until it takes more than ten minutes, some evaluations later', () => {
    const atOnce = hungAfterMin(sudden);
    const grown = hungAfterMin({ shape: 'creeping', rampMs: minutes(15) });
    expect(atOnce).toBeGreaterThan(0);
    // Eleven twelfths of twelve minutes are the first that are more than ten.
    expect(grown).toBeGreaterThanOrEqual((15 * 10) / 12);
    // One evaluation is a hundred steps of 8 s after the one before.
    expect(grown - atOnce).toBeGreaterThan(13);
  });
});

describe('memory that fragments', () => {
  const usedAfter = (onset: Onset, min: number) => {
    const at = onHost('gpu-memory-fragmented', { values: { mibPerMinute: 1_200 }, onset }, min);
    return readingOf(at.simulator, hostStruck, 0).memoryUsedMib;
  };

  // torch/csrc memory notes: what is reserved and not allocated is lost to other sizes.
  it('slowly at first, so that less is lost after the same time than with all shapes at once', () => {
    const ramp: Onset = { shape: 'creeping', rampMs: minutes(8) };
    const before = usedAfter(sudden, 0);
    const early = usedAfter(ramp, 2) - before;
    const late = usedAfter(ramp, 6) - usedAfter(ramp, 4);
    expect(usedAfter(sudden, 4) - before).toBeCloseTo(4_800, -3);
    expect(early).toBeLessThan(700);
    expect(late).toBeGreaterThan(2.5 * early);
  });

  it('in the stretches in which long documents come, and not between them', () => {
    const at = onHost('gpu-memory-fragmented', {
      values: { mibPerMinute: 900 },
      onset: { shape: 'intermittent', periodMs: minutes(4), onShare: 0.7 },
    });
    const used = () => readingOf(at.simulator, hostStruck, 0).memoryUsedMib;
    const grown = Array.from({ length: 40 }, () => {
      const before = used();
      at.pass(0.25);
      return used() - before;
    });
    expect(grown.filter((mib) => Math.abs(mib - 225) < 15).length).toBeGreaterThan(12);
    expect(grown.filter((mib) => Math.abs(mib) < 15).length).toBeGreaterThan(4);
    expect(Math.min(...grown)).toBeGreaterThan(-15);
  });
});

describe('what strikes in some stretches only', () => {
  const inStretches: Onset = { shape: 'intermittent', periodMs: minutes(9), onShare: 0.45 };
  /** Whether attempts that are started one after the other are struck, each after at most some minutes. */
  const attempts = (at: HostScene, times: number, min: number) =>
    Array.from({ length: times }, () => {
      at.requeue(min);
      return at.phase() !== 'running';
    });

  // NVIDIA "GPU Memory Error Management": SRAM errors end the application; they come back while the cell is marginal.
  it('gpu-sram-uncorrectable: some attempts die of it, others run while the board is cool', () => {
    const target = { node: hostStruck, gpu: 2 };
    const at = onHost('gpu-sram-uncorrectable', { target, values: { uncontained: 0 }, onset: inStretches }, 1);
    expect(at.phase()).toBe('ended');
    expect(new Set(attempts(at, 8, 4))).toEqual(new Set([true, false]));
    expect(at.dmesg().match(/Xid .*: 94, /g)?.length ?? 0).toBeGreaterThan(1);
  });

  it.each([
    ['collective-order', { target: { job: 'pretrain-13b', rank: 9 }, values: { every: 7 } }],
    ['user-exception', { target: { job: 'pretrain-13b' }, values: { every: 10 } }],
  ])('%s: only batches of one source have what the code does not bear', (fault, asked) => {
    const at = onHost(fault, { ...asked, onset: inStretches }, 3);
    expect(at.phase()).not.toBe('running');
    expect(new Set(attempts(at, 8, 3.5))).toEqual(new Set([true, false]));
  });
});
