import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A new release of the exporters ends at every collector that it does not know, and systemd starts it again. */
export const decoyExporterRestarts = defineFault({
  id: 'decoy-exporter-restarts',
  kind: 'decoy',
  summary: 'the exporters of one node end and start again and again; its metrics have gaps, and the node is well',
  categories: [],
  place: 'node',
  onsets: [
    {
      shape: 'intermittent',
      periodMs: { min: 60_000, max: 240_000, unit: 'ms' },
      onShare: { min: 0.15, max: 0.4, unit: 'share' },
    },
  ],
  heals: 'nothing is wrong with the node; another release of the exporters',
  causes: ({ place }) => [setFact('host.exporters', place, 'restarting')],
});
