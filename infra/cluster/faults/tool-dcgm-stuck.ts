import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, inStretches } from './rhythms.ts';

/** nv-hostengine runs, and systemd takes it for active; it answers none of its clients. The exporter has an engine of its own. */
export const toolDcgmStuck = defineFault({
  id: 'tool-dcgm-stuck',
  kind: 'tool',
  summary: 'dcgmi of one node never answers because nv-hostengine is stuck; the GPUs are well',
  categories: [],
  place: 'node',
  onsets: [atOnce, inStretches],
  heals: 'starting the daemon anew (`systemctl restart nvidia-dcgm`)',
  causes: ({ place }) => [setFact('tool.daemon-stuck', place, true, { key: 'nvidia-dcgm' })],
});
