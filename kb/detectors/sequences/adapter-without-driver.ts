import type { FindingKind } from '../../schemas/finding-kind.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const withoutDriver: FindingKind = {
  id: 'rdma.adapter.without-driver',
  summary: 'an RDMA adapter is listed on the PCI bus, and the system has no RDMA device: no driver serves it',
  role: 'cause',
  ofNode: true,
  // A port without a link, and a card with faults of its own that answers on the bus, still have a device.
  weighs: {
    'net-plugin-mismatch': 3,
    'rdma-device-missing-in-container': 0.6,
    'rdma-link-fault': -1.2,
    'host-hardware-fault': -0.6,
  },
  source: 'https://docs.kernel.org/infiniband/sysfs.html',
};

/** lspci asks the bus, ibstatus the driver: where the one lists an adapter and the other has none, the driver does not fit or is not there. */
export const adapterWithoutDriver: SequenceDetector<Seen> = {
  id: 'adapter-without-driver',
  kinds: [withoutDriver],
  listens: ['pci.adapter.listed', 'pci.adapter.out-of-support', 'ib.device.none'],
  follow() {
    let listed = false;
    let none: LinePlace | null = null;
    return {
      note(line, { kind }) {
        if (kind === 'ib.device.none') none ??= placeOfLine(line);
        else listed = true;
      },
      summary: () => (listed || none !== null ? { listed, none } : null),
    };
  },
  // Of one source: both speak of the machine on which they were called.
  conclude(sources) {
    return sources.flatMap(({ summary: { listed, none } }) =>
      listed && none !== null ? [sequenceFinding(withoutDriver.id, withoutDriver.role, none)] : [],
    );
  },
};

interface Seen {
  readonly listed: boolean;
  readonly none: LinePlace | null;
}
