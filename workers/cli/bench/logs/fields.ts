import type { Field } from './statement.ts';

/** What all files of one job share. */
export interface Job {
  readonly nodes: readonly string[];
  readonly ranks: number;
  /** What varies in lines: numbers, ids, addresses and names, by the name that print statements have for it. */
  readonly fields: ReadonlyMap<string, Field>;
}

export function jobOf(random: () => number): Job {
  const nodes = Array.from({ length: nodeCount }, (_, at) => `node-${String(at + 1).padStart(2, '0')}`);
  const makers = makersOf(nodes);
  return {
    nodes,
    ranks: nodeCount * 8,
    fields: new Map(Array.from(makers, ([name, make]) => [name, fromPool(make, random)] as const)),
  };
}

const nodeCount = 4;
// Made once and drawn from: a number that comes again is as good as a new one, and costs a tenth.
const poolSize = 16_384;

function fromPool(make: Field, random: () => number): Field {
  const pool = Array.from({ length: poolSize }, () => make(random));
  return (draw) => pool[Math.floor(draw() * poolSize)] ?? '';
}

function makersOf(nodes: readonly string[]): ReadonlyMap<string, Field> {
  return new Map<string, Field>([
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((count) => [`n${count}`, digits(count)] as const),
    ['f1', (random) => (random() * 100).toFixed(1)],
    ['f2', (random) => (random() * 1_000).toFixed(2)],
    ['f3', (random) => (random() * 10).toFixed(3)],
    ['f6', (random) => (random() * 3).toFixed(6)],
    ['exp', (random) => `${(1 + random() * 8.9).toFixed(6)}E-0${1 + Math.floor(random() * 5)}`],
    ['loss', (random) => `${(1.6 + random() * 0.9).toFixed(6)}E+00`],
    ['pct', (random) => String(Math.floor(random() * 100))],
    ...[4, 8, 12, 16, 32].map((count) => [`hex${count}`, (random: () => number) => hex(count, random)] as const),
    [
      'uuid',
      (random) => `${hex(8, random)}-${hex(4, random)}-4${hex(3, random)}-a${hex(3, random)}-${hex(12, random)}`,
    ],
    ['ip', (random) => `10.${below(4, random)}.${below(256, random)}.${1 + below(254, random)}`],
    ['port', (random) => String(20_000 + below(40_000, random))],
    ['pid', (random) => String(2_000 + below(60_000, random))],
    ['gpu', (random) => String(below(8, random))],
    ['rank', (random) => String(below(nodes.length * 8, random))],
    ['two', (random) => two(random() * 16)],
    // Process, thread and device as NCCL puts them before its words: eight processes a node.
    [
      'process',
      (random) => {
        const gpu = below(8, random);
        return `${4_200 + gpu}:${4_300 + gpu * 8 + below(4, random)} [${gpu}]`;
      },
    ],
    ['pci', (random) => one(pcis, random)],
    ['host', (random) => one(nodes, random)],
    ['user', (random) => one(users, random)],
    ['unit', (random) => one(units, random)],
    ['word', (random) => one(words, random)],
    ['module', (random) => one(modules, random)],
    ['layer', (random) => `${one(layers, random)}.${below(80, random)}`],
    ['key', (random) => `${one(words, random)}/part-${digits(5)(random)}-${hex(8, random)}.${one(endings, random)}`],
    ['path', (random) => `/data/${one(words, random)}/shard_${digits(5)(random)}.${one(endings, random)}`],
    ['bar', (random) => one(bars, random)],
    ['left', (random) => `${two(random() * 10)}:${two(random() * 60)}:${two(random() * 60)}`],
    ['q', () => '\\"'],
  ]);
}

function below(bound: number, random: () => number): number {
  return Math.floor(random() * bound);
}

function hex(count: number, random: () => number): string {
  return Array.from({ length: count }, () => below(16, random).toString(16)).join('');
}

/** So many digits, the first not zero. */
function digits(count: number): Field {
  const least = count === 1 ? 0 : 10 ** (count - 1);
  const span = 10 ** count - least;
  return (random) => String(least + Math.floor(random() * span));
}

function one(list: readonly string[], random: () => number): string {
  return list[Math.floor(random() * list.length)] ?? '';
}

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}

const pcis = [
  '0000:07:00',
  '0000:0b:00',
  '0000:48:00',
  '0000:4c:00',
  '0000:88:00',
  '0000:8b:00',
  '0000:c8:00',
  '0000:cb:00',
];
const users =
  'root alice bob carol dave erin frank grace heidi ivan judy mallory svc-train svc-backup prometheus'.split(' ');
const units =
  'apt-daily.service logrotate.service fstrim.service man-db.service systemd-tmpfiles-clean.service snapd.service nvidia-persistenced.service sysstat-collect.service node-exporter.service dcgm-exporter.service docker.service containerd.service chrony.service motd-news.service e2scrub_all.service cron.service ssh.service rsyslog.service'.split(
    ' ',
  );
const words =
  'alpaca books c4 code commoncrawl dolma fineweb github imagenet laion math openwebtext pile podcasts redpajama refinedweb slimpajama stack starcoder wikipedia wiki40b youtube'.split(
    ' ',
  );
const modules =
  'attention embedding mlp layernorm router experts optimizer scheduler tokenizer sampler collator prefetcher evaluator checkpointer logger profiler'.split(
    ' ',
  );
const layers = ['decoder.layers', 'encoder.layers', 'model.layers', 'transformer.h', 'backbone.blocks'];
const endings = ['tar', 'parquet', 'bin', 'idx', 'jsonl.zst', 'mds', 'arrow'];
const bars = [
  '▏         ',
  '▎         ',
  '█▏        ',
  '██▌       ',
  '███▊      ',
  '█████     ',
  '██████▎   ',
  '████████▌ ',
];
