import { describe, expect, it } from 'vitest';
import { headlessCluster } from '../../../../infra/cluster/headless.ts';
import { minutes } from '../held-cluster.ts';

const places = {
  loader: '_next_data (torch/utils/data/dataloader.py',
  collection: 'full_collection (pretrain/memory.py',
  compile: 'codegen_and_compile (torch/_inductor/compile_fx.py',
  collective: 'finish_grad_sync',
} as const;
type Place = keyof typeof places;

const rate = 50;
const sudden = { shape: 'sudden' } as const;
/** Another rank every one and a half minutes. */
const turns = { shape: 'intermittent', periodMs: 90_000, onShare: 0.9 } as const;

/** A cluster with a fault from its tenth minute on, a moment at which no checkpoint or evaluation falls into the profile. */
function struck(fault: string, seed: number, asked: object) {
  const cluster = headlessCluster({ nodes: 4, seed });
  const fromMs = cluster.startMs + minutes(10);
  cluster.inject(fault, { onsetMs: fromMs, ...asked });
  const names = [1, 2, 3, 4].map((number) => `node-0${number}`);
  let atMs = fromMs + minutes(4);
  const profiles = (seconds: number) => {
    for (; ; atMs += 23_000) {
      const answers = cluster.commandsAt(
        atMs,
        names.map((node) => ({ node, line: `sudo -n wardround-job profile ${seconds}` })),
      );
      const texts = answers.map((answer) => (answer.kind === 'answered' ? answer.stdout : ''));
      if (texts.some((text) => /save_checkpoint|evaluate_and_print/.test(text))) continue;
      atMs += 23_000;
      return texts.flatMap((text) => text.split(/^== pid=.*$/m).slice(1)).map((text) => sharesOf(text, seconds));
    }
  };
  const stepSeconds = () => cluster.speedAt('pretrain-13b', cluster.nowMs()).stepSeconds ?? 0;
  const rankOf = () => cluster.activeFaults()[0]?.target.rank ?? 0;
  return { cluster, profiles, stepSeconds, rankOf };
}

/** Share of the time of one trainer in each place; all samples together are the whole time. */
function sharesOf(text: string, seconds: number): Readonly<Record<Place, number>> {
  const lines = text.split('\n').filter((line) => /;.* \d+$/.test(line));
  const count = (line: string) => Number(line.slice(line.lastIndexOf(' ')));
  expect(lines.reduce((sum, line) => sum + count(line), 0)).toBe(seconds * rate);
  const share = (place: Place) =>
    lines.filter((line) => line.includes(places[place])).reduce((sum, line) => sum + count(line), 0) / (seconds * rate);
  return {
    loader: share('loader'),
    collection: share('collection'),
    compile: share('compile'),
    collective: share('collective'),
  };
}

describe.each([1, 2, 3, 4, 5, 6])('a profile of some seconds, seed %i', (seed) => {
  it('shows the loader of the rank that is late, and its fellows in the collective', () => {
    const { profiles, stepSeconds, rankOf } = struck('loader-slow-shard', seed, {
      onset: sudden,
      set: { lateMs: 6_000 },
    });
    const shares = profiles(20);
    expect(stepSeconds()).toBe(14);
    for (const [rank, { loader, collective }] of shares.entries()) {
      const late = rank === rankOf();
      // 6 of 14 s.
      expect(late ? loader : collective).toBeGreaterThan(0.3);
      expect(late ? loader : collective).toBeLessThan(0.6);
      expect(late ? collective : loader).toBe(0);
    }
  });

  it('shows all loaders behind a slow file system, however long a step takes', () => {
    const { profiles, stepSeconds } = struck('lustre-slow', seed, { onset: sudden, set: { factor: 15 } });
    const shares = profiles(10);
    // 15 * 1.4 s of reading, of which a step's own 8 s hide what they can: 13 of 21 s.
    expect(stepSeconds()).toBe(21);
    for (const { loader, collective } of shares) {
      expect(loader).toBeGreaterThan(0.5);
      expect(loader).toBeLessThan(0.78);
      expect(collective).toBe(0);
    }
  });

  it('shows the rank whose garbage is collected, and the wait of all others', () => {
    const { profiles } = struck('python-gc-pauses', seed, { onset: turns, set: { pauseMs: 5_000 } });
    let [collected, waited] = [0, 0];
    for (let window = 0; window < 12; window += 1) {
      const shares = profiles(20);
      const collecting = shares.filter(({ collection }) => collection > 0);
      // One turn may end and the next one begin meanwhile.
      expect(collecting.length).toBeLessThanOrEqual(2);
      const others = shares.filter(({ collection }) => collection === 0);
      collected += collecting.reduce((sum, { collection }) => sum + collection, 0);
      waited += others.reduce((sum, { collective }) => sum + collective, 0) / others.length;
    }
    // 5 of 13 s in nine tenths of the time; everybody waits as long as one collects, some seconds later.
    expect(collected / 12).toBeGreaterThan(0.22);
    expect(collected / 12).toBeLessThan(0.48);
    expect(waited / collected).toBeGreaterThan(0.75);
    expect(waited / collected).toBeLessThan(1.33);
  });

  it('shows graphs that are compiled on all ranks for their share of a step', () => {
    const { profiles } = struck('torch-compile-recompiles', seed, { onset: sudden, set: { compileMs: 8_000 } });
    for (const { compile, collective } of profiles(10)) {
      expect(compile).toBeGreaterThan(0.38);
      expect(compile).toBeLessThan(0.66);
      expect(collective).toBe(0);
    }
  });

  it('is the same text when it is asked for again', () => {
    const texts = [1, 2].map(() => {
      const { profiles } = struck('loader-slow-shard', seed, { onset: sudden });
      return JSON.stringify(profiles(15));
    });
    expect(texts[0]).toBe(texts[1]);
  });
});

describe('stacks of one instant', () => {
  it('are those of a random moment of a step', () => {
    const { cluster } = struck('lustre-slow', 5, { onset: sudden, set: { factor: 15 } });
    let [waiting, all] = [0, 0];
    for (let at = 0; at < 40; at += 1) {
      const atMs = cluster.startMs + minutes(14) + 7_300 * at;
      const answer = cluster.commandAt(atMs, 'node-02', 'sudo -n wardround-job stacks');
      const mains = (answer.kind === 'answered' ? answer.stdout : '').split('"MainThread"').slice(1);
      const frames = mains.map((text) => text.slice(0, text.indexOf('Thread ')));
      all += frames.length;
      waiting += frames.filter((text) => text.includes('_next_data')).length;
    }
    expect(all).toBe(320);
    // 13 of 21 s, less what checkpoints and evaluations take.
    expect(waiting / all).toBeGreaterThan(0.45);
    expect(waiting / all).toBeLessThan(0.72);
  });

  it('show ranks that are in step at different places of it', () => {
    const cluster = headlessCluster({ nodes: 4, seed: 3 });
    const answer = cluster.commandAt(cluster.startMs + minutes(10), 'node-02', 'sudo -n wardround-job stacks');
    const text = answer.kind === 'answered' ? answer.stdout : '';
    const innermost = [...text.matchAll(/"MainThread"\n {4}(\w+) \(/g)].map((match) => match[1]);
    expect(innermost).toHaveLength(8);
    expect(new Set(innermost).size).toBeGreaterThan(1);
  });
});
