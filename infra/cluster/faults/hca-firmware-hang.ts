import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** How it stops: a core of the adapter that answers no more, or an assertion of the firmware (`hsynd_str` of mlx5's health.c). */
const ways = ['hung', 'asserted'] as const;

/** The firmware of an adapter stops answering; the driver declares it dead, and whoever used it loses his connections. */
export const hcaFirmwareHang = defineFault({
  id: 'hca-firmware-hang',
  summary: 'the firmware of one HCA hangs; the job loses its connections over it',
  categories: ['rdma-link-fault'],
  place: 'hca',
  ranges: { way: { min: 0, max: ways.length - 1, unit: 'index', integer: true, clear: 0 } },
  heals: 'loading the driver anew (`systemctl restart openibd`) or a reboot',
  causes: ({ place }, { way }) => [setFact('ib.firmware', place, ways[way] ?? ways[0])],
});
