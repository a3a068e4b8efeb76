import type { ProbeOutput } from '../../../../kb/schemas/probe.ts';
import type { ProbeCase, ProbeCases } from '../probe-case.ts';

/** What two reads mean together: each is the output of a case of the same probe, by its name, or one changed a little. */
interface TwoReads {
  readonly name: string;
  readonly first: string;
  readonly second: string;
  /** In the second output, what the tool would print later. */
  readonly later?: readonly (readonly [from: string, to: string])[];
  readonly elapsedMs?: number;
  readonly means: readonly string[];
  readonly isFault: boolean;
}

const pairs: Readonly<Record<string, readonly TwoReads[]>> = {
  'gpu.clocks': [
    two('a dip of a moment', 'heat, by hardware and software bits', 'eight busy GPUs at their clock', [
      'gpu.clock.normal',
    ]),
    fault('hot at both', 'heat, by hardware and software bits', 'heat, by hardware and software bits', [
      'gpu.clock.thermal gpu 5',
    ]),
    fault('lost meanwhile', 'eight busy GPUs at their clock', 'a lost GPU in the middle of the reading', [
      'gpu.device.unreachable gpu 2',
    ]),
  ],
  'gpu.throttle-reasons': [
    fault('named at the first alone', 'HW Thermal Slowdown', 'no reason', ['gpu.throttle.thermal gpu 4']),
    fault('named at the second alone', 'no reason', 'HW Power Brake Slowdown', ['gpu.throttle.power-brake gpu 4']),
    fault('another one at each: the stronger', 'HW Power Brake Slowdown', 'SW Thermal Slowdown', [
      'gpu.throttle.power-brake gpu 4',
    ]),
    two('none at both', 'no reason', 'no reason', ['gpu.throttle.none']),
  ],
  'gpu.power': [
    two('low for a moment', 'one GPU that draws far less than its siblings', 'all at their limits', [
      'gpu.power.normal',
    ]),
    fault(
      'low at both',
      'one GPU that draws far less than its siblings',
      'one GPU that draws far less than its siblings',
      ['gpu.power.draw-below-siblings gpu 7'],
    ),
  ],
  'gpu.ecc': [
    fault('an error that stays', 'an uncorrectable error now', 'an uncorrectable error now', [
      'gpu.ecc.uncorrectable-volatile gpu 6',
    ]),
    two('none at both', 'none', 'none', ['gpu.ecc.no-uncorrectable']),
  ],
  'gpu.pcie-link': [
    two('a link that was still coming up', 'a low generation under load', 'full links', ['gpu.pcie.normal']),
    two('a link that went down to save power', 'full links', 'an idle GPU that saves power', ['gpu.pcie.normal']),
    fault('slow at both', 'a low generation under load', 'a low generation under load', [
      'gpu.pcie.generation-reduced gpu 0',
    ]),
    fault('lanes that were lost meanwhile', 'full links', 'half of the lanes', ['gpu.pcie.width-reduced gpu 0']),
  ],
  'ib.ports': [
    fault('a port that came back', 'a port without a cable', 'both up', ['ib.port.unstable hca mlx5_1']),
    fault('a port that went', 'both up', 'a port without a cable', [
      'ib.port.down hca mlx5_1',
      'ib.port.unstable hca mlx5_1',
    ]),
    two('up at both', 'both up', 'both up', ['ib.port.all-active']),
  ],
  'ib.counters': [
    {
      ...fault('a counter that grows', 'no errors', 'no errors', ['ib.counter.growing']),
      later: [['SymbolErrorCounter:..............0', 'SymbolErrorCounter:..............4']],
    },
    two('cleared meanwhile', 'a link that went down often', 'no errors', ['ib.counter.normal']),
  ],
  'ib.port-state': [
    fault('a port that came back', 'no cable', 'active', ['ib.port.unstable hca mlx5_2']),
    fault('a port that went', 'active', 'no cable', ['ib.port.unstable hca mlx5_2']),
    two('active at both', 'active', 'active', ['ib.port-state.active hca mlx5_2']),
    fault('down at both', 'no cable', 'no cable', ['ib.port-state.no-link hca mlx5_2']),
  ],
  'ib.switch-counters': [two('none at both', 'none', 'none', ['ib.fabric.no-errors'])],
  'net.reach': [
    two('answered both times', 'answers', 'answers', ['net.reach.answers']),
    fault('silent at the first', 'no answer', 'answers', ['net.reach.lossy']),
  ],
  'net.ports-reachable': [
    two('open both times', 'open', 'open, Ncat', ['net.port.open']),
    fault('swallowed both times', 'swallowed', 'swallowed', ['net.port.no-answer']),
  ],
  'net.node-reach': [
    fault('answered one of two times', 'host down', 'host up, whatever SSH says', ['net.node.lossy']),
    fault('went away', 'host up, whatever SSH says', 'host down', ['net.node.lossy']),
    fault('silent both times', 'host down', 'no neighbour there', ['net.node.silent']),
    two('answered both times', 'host up, whatever SSH says', 'host up, whatever SSH says', ['net.node.answers']),
  ],
  'net.path-mtu': [
    two('passes at the second', 'swallowed without a word', 'passes', ['net.path-mtu.passes']),
    fault('swallowed both times', 'swallowed without a word', 'swallowed without a word', ['net.path-mtu.black-hole']),
    two('a router answered at the first', 'a router with less than the hosts', 'passes', ['net.path-mtu.smaller']),
  ],
  'bmc.sensors': [
    {
      ...fault('a fan that was not read at the second', 'a fan stands still', 'within limits', ['bmc.fan.failed']),
      later: [['FAN2             | 31h | ok  | 29.2 | 8300 RPM', 'FAN2             | 31h | ns  | 29.2 | No Reading']],
    },
    two('a fan that is fine again', 'a fan stands still', 'within limits', ['bmc.sensor.within-limits']),
    fault('a controller that fell silent', 'within limits', 'no controller', ['bmc.silent']),
    two('a controller that came back', 'no controller', 'within limits', ['bmc.sensor.within-limits']),
  ],
  'bmc.power': [
    two('switched on meanwhile', 'off', 'on', ['bmc.chassis.on']),
    fault('went off meanwhile', 'on', 'off since its input failed', ['bmc.host-off', 'bmc.chassis.input-failed']),
    fault('off at both', 'off', 'off', ['bmc.host-off']),
    fault('a controller that fell silent', 'on', 'no controller', ['bmc.silent']),
  ],
};

function two(name: string, first: string, second: string, means: readonly string[]): TwoReads {
  return { name: `two reads: ${name}`, first, second, means, isFault: false };
}

function fault(name: string, first: string, second: string, means: readonly string[]): TwoReads {
  return { ...two(name, first, second, means), isFault: true };
}

/** The cases of one read, and beside them those of two. */
export function withSecondReads(cases: Readonly<Record<string, ProbeCases>>): Readonly<Record<string, ProbeCases>> {
  return Object.fromEntries(
    Object.entries(cases).map(([id, own]) => {
      const of = (isFault: boolean) =>
        (pairs[id] ?? []).filter((pair) => pair.isFault === isFault).map((pair) => caseOf(id, own, pair));
      return [id, { ...own, faulty: [...own.faulty, ...of(true)], healthy: [...own.healthy, ...of(false)] }];
    }),
  );
}

function caseOf(id: string, own: ProbeCases, pair: TwoReads): ProbeCase {
  const named = (name: string): ProbeCase => {
    const one = [...own.faulty, ...own.healthy].find((each) => each.name === name);
    if (one === undefined) throw new Error(`${id} has no case "${name}"`);
    return one;
  };
  const [first, second] = [named(pair.first), named(pair.second)];
  const node = second.node ?? first.node;
  const args = second.args ?? first.args;
  return {
    name: pair.name,
    source: `${first.source}; ${second.source}`,
    output: first.output,
    second: (pair.later ?? []).reduce(printedLater, second.output),
    ...(node === undefined ? {} : { node }),
    ...(args === undefined ? {} : { args }),
    means: pair.means,
  };
}

function printedLater(output: ProbeOutput, [from, to]: readonly [string, string]): ProbeOutput {
  if (!output.stdout.includes(from)) throw new Error(`"${from}" does not stand in the output`);
  return { ...output, stdout: output.stdout.replace(from, to) };
}
