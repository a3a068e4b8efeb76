import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** The firmware of an adapter stops answering; the driver declares it dead, and whoever used it loses his connections. */
export const hcaFirmwareHang = defineFault({
  id: 'hca-firmware-hang',
  summary: 'the firmware of one HCA hangs; the job loses its connections over it',
  categories: ['rdma-link-fault'],
  place: 'hca',
  heals: 'loading the driver anew (`systemctl restart openibd`) or a reboot',
  causes: ({ place }) => [setFact('ib.firmware', place, 'hung')],
});
