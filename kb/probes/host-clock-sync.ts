import { ProbeParseError } from '../schemas/probe.ts';
import { clockProbe, noTimeServer } from './clock-probe.ts';
import { requireTool } from './missing-tool.ts';
import { rounded } from './rounded.ts';
import { numberedLines } from './text-table.ts';

/** How well chrony keeps the clock. */
export const hostClockSync = clockProbe({
  id: 'host.clock-sync',
  summary: 'how far the clock of the node is off, and whether it follows a time server',
  daemon: 'chrony',
  command: ['chronyc', '-c', 'tracking'],
  parse(output) {
    requireTool(output, 'chronyc');
    const said = `${output.stdout}\n${output.stderr}`;
    // Installed, and its daemon does not run: the clock is nobody's business.
    if (output.exitCode === 1 && /^506 Cannot talk to daemon$/m.test(said)) return noTimeServer;
    const [only, ...more] = numberedLines(output);
    const fields = (only?.text ?? '').split(',');
    // From the end, as releases differ in whether the source has one field or two: ... stratum, time of the reference,
    // offset, and nine more, the last of which is the leap status.
    const [stratum, , offset] = fields.slice(-12);
    const leap = fields.at(-1) ?? '';
    if (
      more.length > 0 ||
      fields.length < 13 ||
      !/^\d+$/.test(stratum ?? '') ||
      !/^-?\d+\.\d+$/.test(offset ?? '') ||
      !/^(?:Normal|Insert second|Delete second|Not synchronised)$/.test(leap)
    )
      throw new ProbeParseError(`not an answer of chronyc -c tracking (exit ${output.exitCode ?? 'unknown'})`);
    return {
      synchronised: leap !== 'Not synchronised',
      stratum: Number(stratum),
      offMs: rounded(Math.abs(Number(offset)) * 1000, 3),
      line: only?.line ?? 1,
    };
  },
});
