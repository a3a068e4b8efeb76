import { describe, expect, it } from 'vitest';
import { loggedPhases } from '../../../kb/performance/logged-phases.ts';

const startMs = Date.UTC(2026, 10, 21, 3, 0, 0);
const stamp = (seconds: number) => new Date(startMs + 1000 * seconds).toISOString().slice(0, 19).replace('T', ' ');
const step = (seconds: number, iteration: number) =>
  `[${stamp(seconds)}] iteration ${iteration}/ 250000 | elapsed time per iteration (ms): 8038.2 | lm loss: 2.345678E+00 |`;
const line = (seconds: number, text: string) => `[${stamp(seconds)}] ${text}`;

function phasesIn(...windows: readonly (readonly string[])[]) {
  return loggedPhases(
    windows.map((lines, at) => ({
      source: `rank-00000/${at}.log`,
      evidenceId: `ev_${at}`,
      referenceMs: startMs,
      bytes: new TextEncoder().encode(`${lines.join('\n')}\n`),
    })),
  ).map(({ kind, fromMs, toMs }) => [kind, (fromMs - startMs) / 1000, toMs === null ? null : (toMs - startMs) / 1000]);
}

describe('pauses that a rank tells of', () => {
  it('are a checkpoint from its first line to its last', () => {
    const lines = [
      step(0, 999),
      step(8, 1000),
      line(9, 'saving checkpoint at iteration    1000 to /data/run/ckpt in torch format'),
      line(49, '  successfully saved checkpoint from iteration    1000 to /data/run/ckpt [ t 1/8, p 1/4 ]'),
      step(57, 1001),
    ];
    expect(phasesIn(lines)).toEqual([['checkpoint', 9, 49]]);
  });

  it('are an evaluation since the last step, where only its end is told', () => {
    const told = ' validation loss at iteration 1000 | lm loss value: 2.310000E+00 | lm loss PPL: 1.007442E+01 |';
    expect(phasesIn([step(0, 998), step(8, 999), step(16, 1000), line(46, told), step(54, 1001)])).toEqual([
      ['evaluation', 16, 46],
    ]);
  });

  it('end with the next step where no other end is told, and go on over windows', () => {
    const saving = line(50, 'saving checkpoint at iteration    1000 to /data/run/ckpt');
    expect(phasesIn([step(40, 999), step(48, 1000), saving], [step(90, 1001), step(98, 1002)])).toEqual([
      ['checkpoint', 50, 90],
    ]);
  });

  it('have no end while they last', () => {
    expect(phasesIn([step(0, 1000), line(1, 'saving checkpoint at iteration    1000 to /data/run/ckpt')])).toEqual([
      ['checkpoint', 1, null],
    ]);
  });

  it('are none in steps alone, however many, nor in what says when nothing', () => {
    expect(phasesIn(Array.from({ length: 5_000 }, (_, at) => step(at, at)))).toEqual([]);
    expect(phasesIn(['saving checkpoint at iteration    1000 to /data/run/ckpt'])).toEqual([]);
  });
});
