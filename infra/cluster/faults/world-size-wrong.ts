import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { resubmitted, undoneAndResubmitted } from './resubmitted.ts';

// Odd, so that whole tensor groups come out on groups of eight nodes only.
const layouts = [7, 5] as const;

/** The launch script comes from nodes with fewer GPUs. */
export const worldSizeWrong = defineFault({
  id: 'world-size-wrong',
  summary:
    'the launch script starts fewer ranks on a node than it has GPUs, and the parallel layout does not come out even',
  categories: ['launcher-rank-misconfig'],
  place: 'job',
  ranges: { layout: { min: 0, max: 1, unit: 'index', integer: true } },
  heals: 'its owner correcting --nproc-per-node and submitting the job again',
  draw: (world, random) => {
    const uneven = world.jobs.filter(({ nodes }) => nodes.length % 8 !== 0);
    const job = random.pick('job', uneven.length === 0 ? world.jobs : uneven);
    return { job: job.name, node: world.nodes[job.nodes[0] ?? 0]?.name ?? '' };
  },
  reject: (world, { job }) => {
    const nodes = world.jobs.find((one) => one.name === job)?.nodes.length ?? 0;
    if (nodes === 0) return `there is no job ${job ?? ''}`;
    return nodes % 8 === 0 ? `${job} has ${nodes} nodes: any number of ranks on each comes out even` : null;
  },
  causes: ({ job }, { layout }, { world }) => [
    setFact('job.processes-per-node', job, layouts[layout] ?? layouts[0]),
    resubmitted(world, job),
  ],
  undo: undoneAndResubmitted,
});
