import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A defect of the firmware of this driver release: it stops answering under load. */
export const gspTimeout = defineFault({
  id: 'gsp-timeout',
  summary: 'the GSP firmware of one GPU stops answering some minutes into every job, and the rank hangs',
  categories: ['gpu-driver-bug'],
  place: 'gpu',
  heals:
    'another driver release, or one without the GSP firmware (NVreg_EnableGpuFirmware=0); a reset or a reboot helps for minutes',
  causes: ({ place }) => [setFact('gpu.gsp-stalls', place, true)],
});
