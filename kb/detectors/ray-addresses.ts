import { lineDetector } from './line-patterns.ts';

const ip = String.raw`\d{1,3}(?:\.\d{1,3}){3}`;

/** Addresses that Ray and the scripts that launch it tell of a node and of its head: no news by themselves, they are compared. */
export const rayAddresses = lineDetector('ray-addresses', [
  {
    id: 'ray.node.own-address',
    summary: 'Ray tells the address under which a node takes part',
    role: 'context',
    weighs: {},
    source: 'https://github.com/ray-project/ray/blob/master/python/ray/scripts/scripts.py',
    literals: ['local node ip: '],
    pattern: new RegExp(String.raw`\bLocal node IP: (?<address>${ip})\b`),
    sees: ['2025-03-01 10:11:12,123\tINFO scripts.py:1128 -- Local node IP: 10.0.0.2'],
    ignores: ['Local node IP: node-02'],
  },
  {
    id: 'ray.head.address',
    summary: "a node is told the address of Ray's head",
    role: 'context',
    weighs: {},
    source: 'https://docs.ray.io/en/latest/cluster/cli.html#ray-start',
    literals: ['ray start', 'leader', 'head', 'gcs', 'ray_address'],
    pattern: new RegExp(
      String.raw`\bray start [^\n]{0,120}--address[= ]['"]?(?<given>${ip})\b|\b(?:LWS_)?(?:RAY_)?(?:LEADER|HEAD)(?:_NODE)?_?(?:IP|ADDR|ADDRESS|IP_ADDRESS)=['"]?(?<named>${ip})\b|\bRAY_ADDRESS=['"]?(?:ray:\/\/)?(?<set>${ip})\b|\bGCS (?:server )?at (?:address:? )?(?<sought>${ip}):\d`,
    ),
    sees: [
      "ray start --block --address='10.0.0.1:6379'",
      '[worker] LEADER_IP=10.0.0.1 MY_IP=10.0.0.2',
      'RuntimeError: Failed to connect to GCS at 10.0.0.1:6379 within 5 seconds',
      'RAY_ADDRESS=10.0.0.1:6379',
    ],
    ignores: ['ray start --head --port=6379', 'RAY_ADDRESS=auto'],
  },
]);
