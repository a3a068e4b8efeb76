import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A defect of the firmware of this driver release: it stops answering under load. */
export const gspTimeout = defineFault({
  id: 'gsp-timeout',
  summary: 'the GSP firmware of one GPU stops answering some minutes into every job, and the rank hangs',
  categories: ['gpu-driver-bug'],
  place: 'gpu',
  // Of a job that is started anew; reports of Xid 119 say minutes to hours, of which the short ones are taken (assumed).
  ranges: { againS: { min: 180, max: 600, unit: 's', integer: true } },
  heals:
    'another driver release, or one without the GSP firmware (NVreg_EnableGpuFirmware=0); a reset or a reboot helps for minutes',
  causes: ({ place }, { againS }) => [
    setFact('gpu.gsp-stalls', place, true),
    setFact('gpu.gsp-again-s', place, againS),
  ],
});
