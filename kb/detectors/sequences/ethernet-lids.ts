import type { FindingKind } from '../../schemas/finding-kind.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const takenForInfiniband: FindingKind = {
  id: 'nccl.ib.roce-taken-for-infiniband',
  summary: 'an Ethernet port says it has a LID, and NCCL cannot connect: older releases take it for InfiniBand by that',
  role: 'cause',
  // The refused call is explained by it: neither the address nor a port that may be off beside it has to be at fault.
  weighs: { 'nccl-bug': 6, 'nccl-version-mismatch': 1, 'rdma-link-fault': -1.2, 'roce-gid-misconfig': -1.2 },
  source: 'https://github.com/NVIDIA/nccl/blob/master/src/transport/net_ib.cc',
};

/**
 * Older releases of NCCL ask whether a port has a LID, newer ones ask for its link layer. Adapters of some vendors (irdma)
 * give their Ethernet ports a LID: the queue pair is then set up without a global address, which the driver refuses.
 */
export const ethernetLids: SequenceDetector<Seen> = {
  id: 'ethernet-lids',
  kinds: [takenForInfiniband],
  listens: ['rdma.port.lid-given', 'rdma.port.on-ethernet', 'nccl.ib.address-unusable'],
  follow() {
    let refused: LinePlace | null = null;
    let lidAt: number | null = null;
    let namedAt: number | null = null;
    let lidOnEthernet = false;
    return {
      note(line, { kind }) {
        if (kind === 'nccl.ib.address-unusable') {
          if (/Invalid argument/i.test(line.text)) refused ??= placeOfLine(line);
        } else if (kind === 'rdma.port.lid-given') {
          lidAt = line.line;
          lidOnEthernet ||= namedAt !== null && line.line - namedAt <= linesFromNameMax;
        } else if (/link.layer/i.test(line.text)) {
          lidOnEthernet ||= lidAt !== null && line.line - lidAt <= linesToLayerMax;
        } else namedAt = line.line;
      },
      summary: () => (refused === null && !lidOnEthernet ? null : { refused, lidOnEthernet }),
    };
  },
  conclude(sources) {
    const seen = sources.map(({ summary }) => summary);
    const refused = seen.flatMap((one) => one.refused ?? [])[0];
    return refused !== undefined && seen.some(({ lidOnEthernet }) => lidOnEthernet)
      ? [sequenceFinding(takenForInfiniband.id, takenForInfiniband.role, refused)]
      : [];
  },
};

interface Seen {
  readonly refused: LinePlace | null;
  readonly lidOnEthernet: boolean;
}

// In one block of ibstat or ibv_devinfo: https://github.com/linux-rdma/rdma-core/blob/master/infiniband-diags/ibstat.c and
// https://github.com/linux-rdma/rdma-core/blob/master/libibverbs/examples/devinfo.c
const linesFromNameMax = 16;
const linesToLayerMax = 6;
