import type { KnowledgeRecord } from '../schemas/record.ts';

export const acsRedirectsPeerTraffic: KnowledgeRecord = {
  problemkey: 'nccl-allreduce-hang-acs-redirect',
  rawtext:
    'ncclAllReduce hung on two PCIe GPUs without NVLink on a server with AMD root complexes; with NCCL_P2P_DISABLE=1 it ran. The bridges above the GPUs had ACS enabled (ACSCtl 0x001d: SrcValid+ ReqRedir+ CmpltRedir+ UpstreamFwd+), so that peer-to-peer traffic went through the IOMMU. Clearing ACS on those bridges ended the hang.',
  function:
    'lspci -vvv for the bridges above the GPUs: `ReqRedir+ CmpltRedir+` in ACSCtl if the cause is present, `ReqRedir- CmpltRedir-` if not.',
  result:
    'PCIe ACS on the root complex redirected peer-to-peer traffic; disabling it cured the hang.',
  category: 'acs-iommu-p2p-broken',
  remedy:
    'Disable ACS in the firmware or on the bridges (it comes back at each boot unless set there).',
  signals: ['ACSCtl', 'ReqRedir+', 'NCCL_P2P_DISABLE=1', 'ncclAllReduce', 'hang'],
  not_this_if: ['the hang stays with NCCL_P2P_DISABLE=1', 'the GPUs speak over NVLink'],
  source: 'https://github.com/NVIDIA/nccl/issues/2079',
  probes: [],
};
