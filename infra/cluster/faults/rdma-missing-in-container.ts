import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { resubmitted, undoneAndResubmitted } from './resubmitted.ts';

/** The launch script of a new image has lost its --device=/dev/infiniband. */
export const rdmaMissingInContainer = defineFault({
  id: 'rdma-missing-in-container',
  summary: 'the containers of a job have no InfiniBand devices: gradients go over TCP',
  categories: ['rdma-device-missing-in-container'],
  place: 'job',
  heals: 'its owner adding the devices to the launch script and submitting the job again',
  causes: ({ job }, _drawn, { world }) => [
    ...(world.jobs.find(({ name }) => name === job)?.nodes ?? []).map((index) =>
      setFact('container.device', world.nodes[index]?.name ?? '', 'missing', { key: 'infiniband' }),
    ),
    resubmitted(world, job),
  ],
  undo: undoneAndResubmitted,
});
