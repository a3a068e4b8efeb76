import { describe, expect, it } from 'vitest';
import { virtualTime } from '../../../../../workers/cli/bench/cluster/virtual-time.ts';

describe('virtual time', () => {
  it('passes side by side: three waits take as long as the longest', async () => {
    const time = virtualTime(1_000);
    const woken: string[] = [];
    const nap = async (name: string, ...waits: number[]) => {
      for (const ms of waits) {
        await time.wait(ms);
        woken.push(`${name} ${time.nowMs()}`);
      }
    };
    await Promise.all([nap('a', 30, 30), nap('b', 50), nap('c', 30)]);
    expect(woken).toEqual(['a 1030', 'c 1030', 'b 1050', 'a 1060']);
    expect(time.nowMs()).toBe(1_060);
  });

  it('does not pass while nobody waits, and goes on afterwards', async () => {
    const time = virtualTime(0);
    await time.wait(10);
    expect(time.nowMs()).toBe(10);
    await time.wait(0);
    expect(time.nowMs()).toBe(10);
    await time.wait(5);
    expect(time.nowMs()).toBe(15);
  });

  it('a wait ends with its signal, and time does not go there', async () => {
    const time = virtualTime(0);
    const stop = new AbortController();
    const long = time.wait(60_000, stop.signal);
    const short = time.wait(10).then(() => stop.abort(new Error('over')));
    await expect(long).rejects.toThrow('over');
    await short;
    expect(time.nowMs()).toBe(10);
  });
});
