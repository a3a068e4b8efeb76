import { lineDetector } from './line-patterns.ts';

/** RDMA adapters that the node has and the container or pod does not get. */
export const rdmaInContainer = lineDetector('rdma-in-container', [
  {
    id: 'rdma.device-plugin.none-left',
    summary: 'the cluster has no RDMA device to give to the pod',
    role: 'cause',
    weighs: { 'rdma-device-missing-in-container': 4.6, 'container-toolkit-misconfig': 0.8 },
    source: 'https://github.com/Mellanox/k8s-rdma-shared-dev-plugin',
    literals: ['insufficient ', 'unavailable for ', 'unhealthy devices ', 'unregistered device '],
    pattern:
      /(?:Insufficient|unavailable for|unhealthy devices|unregistered device) (?:rdma\/|vpc\.amazonaws\.com\/efa|openshift\.io\/|nvidia\.com\/(?!gpu|mig)\w{0,20}(?:rdma|hca|ib|sriov|hostdev|vf|mlnx|roce|nic|cx))/,
    sees: [
      '0/4 nodes are available: 4 Insufficient rdma/hca_shared_devices_a.',
      '0/4 nodes are available: 4 Insufficient vpc.amazonaws.com/efa.',
    ],
    ignores: ['rdma/hca_shared_devices_a: 1'],
  },
  {
    id: 'rdma.container.attach-failed',
    summary: 'the network plugin cannot move an RDMA device into the pod',
    role: 'cause',
    weighs: { 'rdma-device-missing-in-container': 4.4, 'container-toolkit-misconfig': 1 },
    source: 'https://github.com/k8snetworkplumbingwg/sriov-cni',
    literals: ['sriov', 'rdma-cni', 'rdma cni', '99-mellanox.sh', 'unknown mellanox device'],
    pattern:
      /(?:SRIOV-CNI|sriov-cni|sriov)[^\n]{0,80}(?:failed to|error|no (?:available|free) )|(?:rdma-cni|RDMA CNI)[^\n]{0,80}(?:failed|error)|99-mellanox\.sh exited with return code [1-9]|Unknown MELLANOX device id/,
    sees: [
      'Failed to create pod sandbox: [default/train-0:sriov-net]: error adding container to network "sriov-net": SRIOV-CNI failed to configure VF "no such device"',
      '[ERROR] /etc/enroot/hooks.d/99-mellanox.sh exited with return code 1',
    ],
    ignores: ['sriov-device-plugin started'],
  },
  {
    id: 'rdma.container.transport-missing',
    summary: 'the communication library finds no RDMA device or driver where it was told to use one',
    role: 'cause',
    weighs: {
      'rdma-device-missing-in-container': 4,
      'nccl-env-misconfig': 1,
      'net-plugin-mismatch': 1.4,
      'rdma-link-fault': 0.8,
    },
    source: 'https://github.com/linux-rdma/rdma-core/blob/master/librdmacm/cma.c',
    literals: [
      'no rdma devices found',
      'librdmacm: fatal',
      'rdma_create_event_channel',
      "couldn't read uverbs abi version",
      'ib device',
      'infiniband/roce device',
      'did not detect devices',
    ],
    pattern:
      /librdmacm: Fatal: (?:no RDMA devices found|unable to open)|rdma_create_event_channel[^\n]{0,40}(?:No such|failed)|couldn't read uverbs ABI version|IB device '?\w{1,20}'? not found|stat of IB device '\w{1,20}' failed|Unable to find the Infiniband\/RoCE device|Did not detect devices/,
    sees: [
      'librdmacm: Fatal: no RDMA devices found',
      "ibpanic: [42] main: stat of IB device 'mlx5_0' failed: No such file or directory",
      'IB device mlx5_0 not found',
      'Unable to find the Infiniband/RoCE device',
    ],
    ignores: ['IB device mlx5_0 found'],
  },
]);
