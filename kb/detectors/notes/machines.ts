import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

/** What a machine is known to be made of by its name. By itself that is no news. */
export const machinesTold = noteDetector('notes-machines', [
  {
    id: 'seen.machine.nvswitch',
    summary: 'the GPUs of the machine are connected by NVSwitches, which fabric manager has to set up',
    role: 'context',
    weighs: {},
    source: 'https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html',
    pattern: any(
      // AWS, Google Cloud, Azure, Oracle.
      /\b(?:p4de?\.24xlarge|p5(?:e|en)?\.48xlarge|p6-b[23]00\.48xlarge)\b|\b(?:a2-megagpu-16g|a2-(?:ultra|high)gpu-8g|a3-(?:high|mega|ultra|edge)gpu-8g|a4-highgpu-8g)\b|\b(?:standard_)?nd\d{0,3}(?:a?m?s?r?_|[- ])?(?:a100|h[12]00)[-_ ]?v[45]\b|(?:\b|_)nd96(?:amsr|asr|isr|is|ams)\w{0,12}|\bbm\.gpu(?:4|\.a100|\.h[12]00|\.b200)\S{0,6}/,
      /\b(?:dgx|hgx)[- ]?(?:a100|a800|h[128]00|h20|b[23]00|2|server|machine|node|box|system)\b|\bnvswitch(?:es)?\b/,
      /\b(?:8|eight) ?x? ?(?:nvidia )?(?:a100|a800|h100|h200|h800|h20|b200|b300)(?: ?(?:-| )?sxm\d?)?\b/,
    ),
    check: (_said, sentence) =>
      !/\bpcie?\b|\b(?:no|without) nvswitch|\bdgx[- ]?(?:station|spark)|\bspark\b|\b(?:one|single|1) gpu of\b/i.test(
        sentence,
      ),
    sees: [
      'AWS p4d.24xlarge with 96 CPUs',
      'a DGX A100',
      'a VM of type a3-highgpu-8g',
      'one node with 8x H100 SXM5',
      'Standard_ND96asr_v4 on Azure',
    ],
    ignores: ['AWS g5.48xlarge', 'DGX Station A100', 'a server with 8 A100 PCIe cards', 'two A100'],
  },
]);
