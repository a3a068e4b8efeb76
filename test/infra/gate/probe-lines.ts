import type { Probe, ProbedNode, ProbedSite } from '../../../kb/schemas/probe.ts';
import { probeCases } from '../../kb/probes/cases.ts';

/** Command lines that a probe runs on a cluster with one of everything, and in its recorded cases. */
export function linesOf(probe: Probe): readonly string[] {
  const { faulty = [], healthy = [] } = probeCases[probe.id] ?? {};
  const given: readonly Readonly<Record<string, string | number>>[] = [
    {},
    ...(probe.devices?.(fullNode, fullSite) ?? []),
    ...[...faulty, ...healthy].flatMap(({ args }) => (args === undefined ? [] : [args])),
  ];
  const lines = given.flatMap((args) => {
    const parsed = probe.args.safeParse({ node: 'node-07', ...args });
    return parsed.success ? [probe.argv(parsed.data).join(' ')] : [];
  });
  if (lines.length === 0) throw new Error(`${probe.id} has no command line, whatever it is given`);
  return [...new Set(lines)];
}

const bus = ['07', '0A', '47', '4D', '87', '8D', 'C7', 'CA'];
const fullNode: ProbedNode = {
  name: 'node-07',
  bmc: 'node-07-bmc.cluster.example',
  hcas: [0, 1, 9].map((at) => ({ name: `mlx5_${at}`, port: 1 })),
  gpus: bus.map((at, index) => ({
    index,
    uuid: `GPU-94da3560-9d64-1e21-4009-21c37101b27${index}`,
    pciBusId: `00000000:${at}:00.0`,
  })),
};
const fullSite: ProbedSite = {
  nodes: [
    { name: 'node-07', address: '10.0.0.7', bmc: '10.1.0.7' },
    { name: 'node-08', address: 'node-08.cluster.example', bmc: undefined },
  ],
  mounts: ['/lustre', '/raid', '/mnt/shared_0.a'],
  rendezvous: [{ host: 'node-07', port: 29_500 }],
  interfaces: ['eth0', 'bond0.100'],
};

/** What a key that was stolen would try with a command line that is allowed. */
export function hostileLines(line: string): readonly string[] {
  const words = line.split(' ');
  const tool = words[0] === 'sudo' ? words.slice(2) : words;
  return [
    `${line} --help`,
    `${line} extra`,
    `${line};reboot`,
    `${line} ; reboot`,
    `${line} | tee owned`,
    `${line} > owned`,
    `${line} && reboot`,
    `${line}\nreboot`,
    `${line}\r`,
    `${line}\treboot`,
    `${line} $(reboot)`,
    `${line} \`reboot\``,
    `${line} *`,
    `${line.slice(0, -1)}*`,
    `${line.slice(0, -1)}?`,
    `${line} ~`,
    `${line} 'x'`,
    `${line}\u0000`,
    `${line}\u00a0extra`,
    line.replace('e', '\uff45').replace('s', '\u017f'),
    `${line}${'a'.repeat(2_000)}`,
    `${line}${' a'.repeat(400)}`,
    `env ${line}`,
    `timeout 5 ${line}`,
    `timeout -k 2 0 ${line}`,
    `timeout -k 2 1000 ${line}`,
    `timeout -s KILL 5 ${line}`,
    `timeout -k 2 5 timeout -k 2 5 ${line}`,
    `/tmp/${line}`,
    `./${line}`,
    `LD_PRELOAD=/tmp/x.so ${line}`,
    words[0] === 'sudo' ? tool.join(' ') : `sudo -n ${line}`,
    ...words.flatMap((word, at) => (at === 0 ? [] : injections(words, at, word))),
  ];
}

/** Each word as an option of somebody's choice, and as another file where it names none of the site's. */
function injections(words: readonly string[], at: number, word: string): readonly string[] {
  const with_ = (other: string) => words.with(at, other).join(' ');
  // `stat -f` tells of the file system around any path, and nothing of what stands in it.
  const namesMount = words.includes('stat') || words.includes('storage');
  return [
    with_('-oProxyCommand=id'),
    with_('--config=/etc/shadow'),
    with_('-f'),
    with_('-'),
    with_('--'),
    with_('../../etc/shadow'),
    with_(`${word},/etc/shadow`),
    ...(words.includes('stat') ? [] : [with_(`${word}/../../etc/shadow`)]),
    with_(`-${word}`),
    ...(namesMount ? [] : [with_('/etc/shadow')]),
  ].filter((line) => line !== words.join(' '));
}
