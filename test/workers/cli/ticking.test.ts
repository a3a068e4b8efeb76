import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ticking } from '../../../workers/cli/ticking.ts';
import { recordingTerminal } from '../support/recording-terminal.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function after(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('done'), ms));
}

describe('work that takes a while', () => {
  it('shows a watching person what is waited for and how long, and takes the line away at the end', async () => {
    const shown: string[] = [];
    const terminal = { ...recordingTerminal().terminal, transient: (text: string) => void shown.push(text) };
    let what = 'first';
    const work = ticking(
      terminal,
      () => what,
      () => after(3_000),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    what = 'second';
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await work).toBe('done');
    expect(shown).toContain('  … first  1 s');
    expect(shown).toContain('  … second  2 s');
    expect(shown.at(-1)).toBe('');
  });

  it('takes the line away when it fails, too', async () => {
    const shown: string[] = [];
    const terminal = { ...recordingTerminal().terminal, transient: (text: string) => void shown.push(text) };
    await expect(
      ticking(
        terminal,
        () => 'a server',
        () => Promise.reject(new Error('gone')),
      ),
    ).rejects.toThrow('gone');
    expect(shown).toEqual(['']);
  });

  it('is silent where nobody watches', async () => {
    const { terminal, stdout, stderr } = recordingTerminal();
    const work = ticking(
      terminal,
      () => 'a server',
      () => after(3_000),
    );
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await work).toBe('done');
    expect(stdout() + stderr()).toBe('');
  });
});
