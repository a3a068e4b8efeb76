import { lineDetector } from './line-patterns.ts';

const plugin = 'https://github.com/Mellanox/k8s-rdma-shared-dev-plugin/blob/master/pkg/resources/pci_net_device.go';

/** RDMA devices on the way into a pod: what device plugins, verbs programs and transports say when none arrives. */
export const rdmaDevicePlugin = lineDetector('rdma-device-plugin', [
  {
    id: 'rdma.device-plugin.offers-none',
    summary: 'the device plugin found no RDMA device that it could offer to pods',
    role: 'cause',
    weighs: { 'rdma-device-missing-in-container': 4.6, 'net-plugin-mismatch': 0.8, 'rdma-link-fault': 0.3 },
    source: plugin,
    literals: [
      'rdma device',
      'rdma devices',
      'creating empty resource server',
      'skipping creating resource server',
      'exposing "0" devices',
      'rdma subsystem network namespace',
      'non-rdma device',
    ],
    pattern:
      /missing RDMA device spec for|RDMA device \\?"?\w{2,16}\\?"? not found|no (?:Rdma|RDMA) Devices were found for resource|no devices in device pool, (?:creating empty|skipping creating) resource server|exposing "0" devices|RDMA subsystem network namespace(?: mode)?(?:$| (?:is|mode))|[Nn]on-(?:Rdma|RDMA) [Dd]evice\b/,
    sees: [
      'error creating new device: "missing RDMA device spec for device 0000:e1:00.0, RDMA device \\"issm\\" not found"',
      '2023/09/02 06:23:37 Warning: no Rdma Devices were found for resource hpc_shared_devices_h',
      '2023/09/02 06:23:37 Warning: no devices in device pool, creating empty resource server for hpc_shared_devices_h',
      'I0101 00:00:00.1 1 factory.go:40] no devices in device pool, skipping creating resource server for mlnx_rdma',
      '2024/06/25 04:21:20 exposing "0" devices',
      'can not get RDMA subsystem network namespace mode',
      'Warning: non-Rdma Device 0000:01:00.0',
    ],
    ignores: ['2024/06/25 04:21:20 exposing "1000" devices', 'RDMA device: mlx5_0, LID: 8'],
  },
  {
    id: 'rdma.device.cannot-be-opened',
    summary: 'a program may not open the RDMA device that it sees, or sees none',
    role: 'cause',
    weighs: { 'rdma-device-missing-in-container': 3.4, 'net-plugin-mismatch': 1.6, 'rdma-link-fault': 0.9 },
    source: 'https://github.com/linux-rdma/perftest/blob/master/src/perftest_resources.c',
    literals: [
      'open ib device',
      'context for the device',
      'unable to open device ',
      'ibv_open_device',
      'rdma_create_ep',
      'rdma_create_id',
      'no matched device found',
      'no rdma devices',
      'no rdma device',
      'no hca',
      'failed to open device ',
      'no ib device',
      'no usable ib',
      'ib device list',
      'ib devices list',
      'cannot open /dev/infiniband',
      '/dev/infiniband',
    ],
    pattern:
      /[Cc]ouldn't open IB device|[Cc]ouldn't get context for the device|[Uu]nable to open device (?:mlx|bnxt|irdma|erdma|efa|hns|rdmap|roce)|ibv_open_device\b[^\n]{0,60}(?:fail|error)|rdma_create_(?:ep|id):? [^\n]{0,20}No such device|[Nn]o matched device found: (?:mlx|bnxt|irdma|erdma|roce|rdmap)|\b[Nn]o RDMA devices? (?:found|available|detected)|\bNo HCAs? (?:detected|found)|Failed to open device (?:mlx|bnxt|irdma|erdma|roce|rdmap)\w{1,20}(?: on port|:|$)|\bno (?:usable )?IB devices? (?:found|available)|[Ff]ailed to get IB devices? list|\/dev\/infiniband\S{0,20}['":]{0,2} {0,2}[^\n]{0,20}(?:No such file or directory|Permission denied|Operation not permitted|does not exist)/,
    sees: [
      "Couldn't open IB device mlx5_0",
      "Couldn't get context for the device",
      'transport/net_ib.cc:148 NCCL WARN NET/IB : Unable to open device mlx5_bond_0',
      'rdma_create_ep: No such device',
      'E1201 00:00:00.1 12 rdma_transport.cpp:90] No matched device found: mlx5_0',
      'No RDMA devices found. Running TCP only',
      "ls: cannot access '/dev/infiniband': No such file or directory",
      'Failed to get IB devices list: Function not implemented',
    ],
    ignores: ['ls /dev/infiniband', 'RDMA devices: mlx5_0 mlx5_1', 'NCCL INFO NET/IB : Using [0]mlx5_0:1/IB'],
  },
]);
