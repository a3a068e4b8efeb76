import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { memoryOf } from '../../../../workers/cli/bench/memory.ts';

const measure = process.platform === 'linux' ? 'pss' : 'unreadable';

it('reads the memory of a process with what it started', async () => {
  const child = spawn('sh', ['-c', 'sleep 60 & wait'], { stdio: 'ignore', detached: true });
  await once(child, 'spawn');
  const { pid = 0 } = child;
  try {
    const [own, other] = memoryOf({ own: process.pid, other: pid });
    expect(own).toMatchObject({ name: 'own', measure });
    expect(own?.mib).toBeGreaterThan(measure === 'pss' ? 10 : -1);
    expect(other?.measure).toBe(measure);
  } finally {
    process.kill(-pid, 'SIGKILL');
  }
});

it('a process that is gone is said to be unreadable', () => {
  expect(memoryOf({ gone: 2 ** 22 + 1 })).toEqual([{ name: 'gone', mib: 0, measure: 'unreadable' }]);
});
