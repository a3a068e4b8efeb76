import { lineDetector } from './line-patterns.ts';

const simpleP2p = 'https://github.com/NVIDIA/cuda-samples/tree/master/Samples/0_Introduction/simpleP2P';

/** Data that two GPUs hand each other directly: refused or changed on its way through the host's PCIe tree. */
export const peerCopies = lineDetector('peer-copies', [
  {
    id: 'peer.copy.changed',
    summary: 'what one GPU copied straight to another did not arrive as it was sent',
    role: 'cause',
    weighs: {
      'acs-iommu-p2p-broken': 3.8,
      'gpu-driver-bug': 1.2,
      'nvlink-fabric-error': 0.9,
      'host-hardware-fault': 0.7,
    },
    source: simpleP2p,
    literals: [
      'verification error',
      'p2p',
      'peer',
      'copied from',
      'copy from',
      'copying from',
      'inter-gpu',
      'cross-gpu',
    ],
    pattern:
      /\bVerification error @ element \d{1,9}: val = |\b(?:[Pp]eer[- ]to[- ][Pp]eer|[Pp]2[Pp]|P2P|[Pp]eer|[Cc]ross-(?:GPU|device)|[Ii]nter-GPU) (?:cop(?:y|ies)|transfers?|memcpy|reads?|writes?|data)\b[^\n]{0,60}(?<!\b0 )\b(?:corrupt\w{0,3}|wrong|garbage|mismatch\w{0,2}|zeros|zeroed|incorrect|verification failed|does not match)\b|\b[Cc]op(?:y|ied|ying) from (?:cuda:|GPU ?)\d{1,2} to (?:cuda:|GPU ?)\d{1,2}\b[^\n]{0,60}\b(?:corrupt\w{0,3}|wrong|garbage|mismatch\w{0,2}|zeros|zeroed|incorrect|differs?)\b/,
    sees: [
      'Verification error @ element 1: val = 0.000000, ref = 4.000000',
      'Verification error @ element 0: val = nan, ref = 0.000000',
      'WARNING: peer-to-peer copy between GPU 0 and GPU 1 returned corrupted data',
      'P2P transfer 2 -> 3: data mismatch at offset 4096',
      'tensor copied from cuda:0 to cuda:1 is all zeros',
      'cross-GPU copies are wrong while copies over the host are right',
    ],
    ignores: [
      'P2P copy 0 -> 1: 22.1 GB/s',
      'copied from cuda:0 to cuda:1 in 3 ms',
      'peer data verified',
      'P2P transfers: 0 corrupted',
    ],
  },
  {
    id: 'peer.access.blamed-on-iommu',
    summary: 'a program says itself that the IOMMU or PCIe ACS stands in the way of transfers between devices',
    role: 'cause',
    weighs: { 'acs-iommu-p2p-broken': 4.2, 'gdr-peermem-missing': 0.4 },
    source: 'https://docs.nvidia.com/cuda/cuda-c-programming-guide/index.html#iommu-on-linux',
    literals: ['iommu', 'acs '],
    pattern:
      /\b(?:P2P|[Pp]eer[- ]to[- ][Pp]eer|[Pp]eer access|GPUDirect|GPU ?Direct RDMA|GDS|P2PDMA)\b[^\n]{0,80}(?:\bIOMMU (?:is |being )?(?:enabled|on|active)\b|\bACS (?:is |being )?(?:enabled|on|active)\b|\biommu=on\b|\bACS redirect)|(?:\bIOMMU|\bACS) (?:is )?(?:enabled|active|on)\b(?! which would)[^\n]{0,80}\b(?:blocks?|breaks?|limits?|slows?|disabl\w{1,3}|prevents?)\b[^\n]{0,40}(?:P2P|[Pp]eer|GPUDirect|DMA)/,
    sees: [
      'WARN P2P is disabled between GPUs because IOMMU is enabled',
      'WARNING: GDS is not guaranteed to work functionally or in a performant way with iommu=on/pt',
      'PCIe ACS is enabled on bridge 0000:3a:00.0 and limits P2P bandwidth',
    ],
    ignores: [
      'P2P is enabled, IOMMU is disabled',
      'DMAR: IOMMU enabled',
      'in many cases this error occurs when ACS is enabled which would break GPU Direct RDMA',
    ],
  },
  {
    // The same print is right where the tensor was zero before, so it only hints.
    id: 'peer.copy.zeros-printed',
    summary: 'a tensor on a second GPU is printed as all zeros',
    role: 'context',
    weighs: { 'acs-iommu-p2p-broken': 1.6 },
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html',
    literals: ["device='cuda:"],
    pattern: /tensor\(\[{1,4}-?0\.?0{0,4}(?:, {1,2}-?0\.?0{0,4}){0,64}(?:, \.{3})?\]{1,4}, device='cuda:[1-9]\d?'/,
    sees: ["tensor([0., 0., 0.], device='cuda:1')", "tensor([[0., 0.]], device='cuda:3')"],
    ignores: [
      "tensor([0., 0., 0.], device='cuda:0')",
      "tensor([1., 0.], device='cuda:1')",
      "tensor(0., device='cuda:1', grad_fn=<MeanBackward0>)",
    ],
  },
]);
