import { integer } from '../noise.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** An NVSwitch meets an error that it does not survive: no traffic between the GPUs of the node until all are reset. */
export const nvswitchFatal = defineFault({
  id: 'nvswitch-fatal',
  summary: 'an NVSwitch of a node has a fatal error, and no CUDA job starts there until the fabric is reset',
  categories: ['nvlink-fabric-error'],
  place: 'node',
  heals:
    'loading the driver anew (all GPUs and switches are reset), or a reboot; restarting the fabric manager does not',
  causes: ({ place }, _values, { seed }) => {
    const sxids = [20_034, 11_004, 11_013, 22_013, 12_030];
    const sxid = sxids[integer(seed, sxids.length, 'sxid', place)] ?? 20_034;
    return [setFact('hardware.nvswitch-sxid', place, sxid, { key: String(integer(seed, 6, 'nvswitch', place)) })];
  },
});
