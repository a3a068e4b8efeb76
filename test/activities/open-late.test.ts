import { describe, expect, it } from 'vitest';
import { lateIndex, openLate } from '../../activities/open-late.ts';
import { PortError } from '../../activities/ports.ts';

describe('what is opened when it is needed', () => {
  it('is opened once for all who ask', async () => {
    let times = 0;
    const open = openLate(async () => (times += 1));
    expect(times).toBe(0);
    expect(await Promise.all([open(), open()])).toEqual([1, 1]);
    expect(await open()).toBe(1);
  });

  it('is tried again by the next who asks when it could not be opened', async () => {
    let away = true;
    const open = openLate(async () => {
      if (away) throw new PortError('unreachable', 'the embeddings server is away');
      return 'opened';
    });
    const index = lateIndex(() => open().then(() => Promise.reject(new Error('was to fail before'))));
    await expect(index.state([])).rejects.toMatchObject({ kind: 'unreachable' });
    await expect(open()).rejects.toThrow('away');
    away = false;
    expect(await open()).toBe('opened');
  });
});
