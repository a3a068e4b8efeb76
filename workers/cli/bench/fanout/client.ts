import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSshProbeRunner } from '../../../../activities/adapters/ssh/probe-runner.ts';
import { loadInventories } from '../../../../activities/adapters/inventory-files.ts';
import { readBatch } from '../../../../activities/probe-batch/read-batch.ts';
import { probeById } from '../../../../kb/probes/index.ts';
import { forgotten } from '../../probe-run.ts';
import type { FanoutAnswer, FanoutJob } from './shapes.ts';

/**
 * `node client.ts JOB.json`: one batch as an incident reads it, parsing and judging included, in a process of its own
 * that can be measured. Nothing is stored.
 */
const [jobFile = ''] = process.argv.slice(2);
// Written by the benchmark itself.
const job = JSON.parse(readFileSync(jobFile, 'utf8')) as FanoutJob;
const [inventory] = loadInventories(job.inventoryPath).values();
if (inventory === undefined) throw new Error(`no inventory in ${job.inventoryPath}`);
const runner = createSshProbeRunner({ privateKey: readFileSync(job.keyFile, 'utf8') });

const startedMs = performance.now();
const sinceStart = () => (performance.now() - startedMs) / 1000;
let livingSeconds = 0;
const judged = await readBatch(
  {
    runner,
    evidence: forgotten,
    clock: { nowMs: () => Date.now() },
    inventory,
    probe: probeById,
    pause: (ms) => sleep(ms),
    load: false,
    shares: true,
    signal: new AbortController().signal,
    onRead(_wish, collection) {
      if (collection !== null && collection.failure === null) livingSeconds = sinceStart();
    },
  },
  job.nodes.flatMap((node) => job.probes.map((probeId) => ({ probeId, node }))),
);
const read = judged.filter(({ entry }) => entry.read).length;
const answer: FanoutAnswer = { read, unread: judged.length - read, seconds: sinceStart(), livingSeconds };
runner.close();
process.stdout.write(`${JSON.stringify(answer)}\n`);
