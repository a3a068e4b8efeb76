import { lineDetector } from './line-patterns.ts';

const rdmaCore = 'https://github.com/linux-rdma/rdma-core/blob/master/infiniband-diags/ibstat.c';

/** Ports of Ethernet adapters that say they have an address of InfiniBand; what it means is compared in `sequences`. */
export const roceLids = lineDetector('roce-lids', [
  {
    id: 'rdma.port.lid-given',
    summary: 'a port of an RDMA adapter has a local identifier (LID)',
    role: 'context',
    weighs: {},
    source: rdmaCore,
    literals: ['base lid:', 'port_lid:'],
    // 65535 is that of a port which waits for one.
    pattern: /^\s{0,40}(?:Base lid|base lid|port_lid):\s{1,12}(?!65535\b|0xffff\b)(?:0x0{0,3})?[1-9a-f][\da-f]{0,4}\b/,
    sees: ['\t\tBase lid: 1', '\t\t\tport_lid:\t\t1', '\tbase lid:\t 0x2'],
    ignores: ['\t\tBase lid: 0', '\t\tBase lid: 65535', '\t\tSM lid: 1', '\tbase lid:\t 0x0'],
  },
  {
    // Names are made of how a device is attached: roceP…, rocep…, roceo…: https://github.com/linux-rdma/rdma-core/blob/master/kernel-boot/rdma_rename.c
    id: 'rdma.port.on-ethernet',
    summary: 'an RDMA adapter runs over Ethernet',
    role: 'context',
    weighs: {},
    source: rdmaCore,
    literals: [
      "ca 'roce",
      "ca 'irdma",
      'link layer: ethernet',
      'link_layer:',
      'hca_id:',
      "device 'roce",
      "device 'irdma",
    ],
    pattern:
      /^\s{0,8}CA '(?:roce|irdma)\w{1,30}'|\b(?:Link layer|link_layer):\s{1,12}Ethernet\b|^hca_id:\s{1,8}(?:roce|irdma)\w{1,30}|^Infiniband device '(?:roce|irdma)\w{1,30}'/,
    sees: ["CA 'rocep216s0f0'", '\t\tLink layer: Ethernet', '\t\t\tlink_layer:\t\tEthernet', 'hca_id:\tirdma0'],
    ignores: ["CA 'mlx5_0'", '\t\tLink layer: InfiniBand', 'hca_id:\tmlx5_0'],
  },
]);
