import type { KnowledgeRecord } from '../schemas/record.ts';

export const portFlapSeenAsErrorTwelve: KnowledgeRecord = {
  problemkey: 'rdma-port-flap-seen-as-error-12',
  rawtext:
    'A run over several nodes hung or died at unforeseeable moments with `Got completion from peer … with error 12` on ranks of many nodes. Between them one node wrote `NET/IB : Got async event : port error` again and again. NCCL\'s maintainers read it as a flapping link: the node that reports the port errors is the one to look at, not those that report error 12.',
  function:
    'ibstat on the node that wrote the port error: a port is not Active, or perfquery counts LinkDowned and symbol errors there if the cause is present; ports and counters of the nodes with error 12 alone are clean.',
  result: 'One port of the fabric lost its link again and again.',
  category: 'rdma-link-fault',
  remedy: 'Take the port out of use; then seat or exchange cable and transceiver, then the card.',
  signals: ['Got async event : port error', 'error 12', 'nccl.ib.port-event', 'ib.port.link-lost', 'ib.port.down'],
  not_this_if: ['no port reports an event and error 12 comes in the first seconds of a run: addresses or GIDs are wrong'],
  source: 'https://github.com/NVIDIA/nccl/issues/905',
  probes: ['ib.ports', 'ib.counters'],
};
