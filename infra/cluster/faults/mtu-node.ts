import { sudden } from '../state/facts/onset.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { factId } from '../state/facts/store.ts';
import { defineFault } from './fault.ts';

/**
 * What an Ethernet interface has without a line of its own (1500, which `ether_setup` of the kernel gives), inside a VXLAN
 * overlay (50 bytes less, RFC 7348) and for RoCE with an MTU of 4096 (4200, MLNX_OFED manual, "MTU Change"); the first
 * one is by far the most frequent, assumed.
 */
const sizes = [1_500, 1_500, 1_500, 1_450, 4_200] as const;

/** A tool wrote the network configuration anew and left the MTU out, or took it from another template. */
export const mtuNode = defineFault({
  id: 'mtu-node',
  summary: 'bond0 of one node has a smaller MTU than all others, which send 9000',
  categories: ['mtu-mismatch'],
  place: 'node',
  ranges: { size: { min: 0, max: sizes.length - 1, unit: 'index', integer: true, clear: 0 } },
  heals: 'the recorded configuration (`netplan-mtu`); `ip link set dev bond0 mtu 9000` until the next boot',
  causes: ({ place }, { size }) => {
    const bytes = sizes[size] ?? sizes[0];
    return [
      setFact('net.mtu', place, bytes, { key: 'bond0' }),
      setFact('net.mtu-file', place, bytes, { key: 'bond0', onset: sudden }),
    ];
  },
  // A wrong file alone does nothing before it is read.
  present: (settings, { target: { node } }) => settings.facts.get('net.mtu')?.has(factId(node, 'bond0')) === true,
});
