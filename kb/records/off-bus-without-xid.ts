import type { KnowledgeRecord } from '../schemas/record.ts';

export const offBusWithoutXid: KnowledgeRecord = {
  problemkey: 'gpu-off-bus-without-xid',
  rawtext:
    'On several nodes a GPU stopped answering and the kernel log had no Xid for it, only the driver\'s plain text: the GPU `installed in this system has fallen off the bus and is not responding to commands`, then `The NVIDIA probe routine failed for 1 device(s)`. Watchers that looked for Xid 79 alone missed it, though it means the same.',
  function:
    'Compare nvidia-smi -L with the inventory: the GPU is missing from the list if it is off the bus, listed if not; lspci shows the function with revision ff.',
  result:
    'The GPU was lost on PCIe while the driver was loading, a form of loss that prints no Xid.',
  category: 'gpu-fell-off-bus',
  remedy: 'Take the node out of service, power-cycle it, then check seating, riser and power.',
  signals: ['fallen off the bus', 'is not responding to commands', 'The NVIDIA probe routine failed', 'gpu.presence.missing', 'Xid 79'],
  not_this_if: ['all GPUs of the inventory are listed and answer'],
  source: 'https://github.com/NVIDIA/NVSentinel/issues/155',
  probes: ['gpu.presence'],
};
