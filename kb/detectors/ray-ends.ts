import { lineDetector } from './line-patterns.ts';

const main = 'https://github.com/ray-project/ray/blob/master/src/ray/raylet/main.cc';

/** How the daemon of Ray on a node comes and goes: only a comparison of the two makes use of it. */
export const rayEnds = lineDetector('ray-ends', [
  {
    id: 'ray.raylet.joined',
    summary: "a node's daemon of Ray has joined its cluster, or sees another join",
    role: 'context',
    weighs: {},
    source: 'https://github.com/ray-project/ray/blob/master/src/ray/gcs_client/accessor.cc',
    literals: ['received notification for node'],
    pattern: /accessor\.cc:\d{1,5}: Received notification for node[^\n]{0,80}IsAlive = 1\b/,
    sees: [
      '[2026-11-21 03:12:58,410 I 4121 4121] accessor.cc:776: Received notification for node, IsAlive = 1 node_id=14ce9f2c728f',
      '[2026-11-21 03:12:58,410 I 4121 4121] accessor.cc:608: Received notification for node id = 14ce9f2c728f, IsAlive = 1',
    ],
    ignores: ['accessor.cc:776: Received notification for node, IsAlive = 0 node_id=14ce9f2c728f'],
  },
  {
    // Whoever takes a node on purpose through Ray has it drained first.
    id: 'ray.raylet.told-to-end',
    summary: "a node's daemon of Ray was told to end by a signal, and nobody had asked Ray for the node",
    role: 'context',
    weighs: {},
    source: main,
    literals: ['existing local drain request = none', 'raylet received sigterm'],
    pattern: /received SIGTERM\. Existing local drain request = None|Raylet received SIGTERM, shutting down/,
    sees: [
      '[2026-11-21 03:13:00,117 I 4121 4121] main.cc:483: received SIGTERM. Existing local drain request = None',
      '[2026-11-21 03:13:00,117 I 4121 4121] (raylet) main.cc:269: Raylet received SIGTERM, shutting down...',
    ],
    ignores: ['main.cc:483: received SIGTERM. Existing local drain request = {deadline_timestamp_ms: 1}'],
  },
]);
