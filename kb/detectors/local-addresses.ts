import { lineDetector } from './line-patterns.ts';

/** What exists on one host only: Docker's default bridges, link-local and loopback addresses. */
const local = String.raw`(?:172\.17\.\d{1,3}\.\d{1,3}|169\.254\.\d{1,3}\.\d{1,3}|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|fe80::[\da-f:]{1,40})`;
const failed = String.raw`(?:refused|timed out|timeout|unreachable|No route|abort|in progress|reset|failed)`;

/** Peers that are asked for on an address that no other host can reach: the wrong interface was offered. */
export const localAddresses = lineDetector('local-addresses', [
  {
    id: 'net.peer.local-only-address',
    summary: 'a peer is sought on an address that exists on its own host only',
    role: 'cause',
    // The peer told it; who seeks it there is well.
    ofProgram: true,
    weighs: { 'socket-interface-mismatch': 5, 'rendezvous-resolution': 1.2 },
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-socket-ifname',
    literals: ['172.17.', '169.254.', '127.', 'fe80::'],
    pattern: new RegExp(
      String.raw`(?:(?:socket\w{0,20}Connect|NCCL WARN[^\n]{0,60}[Cc]onnect to|NCCL INFO Call to connect to|btl_tcp|btl/tcp|oob_tcp|\bORTE\b|\bPRTE\b|\bUCX\b|connectFullMesh|gloo)[^\n]{0,160}(?<![\d.])${local}[^\n]{0,80}${failed})|node ip address ${local} is a loopback`,
    ),
    sees: [
      'node-00:1:2 [0] misc/socket.cc:483 NCCL WARN socketStartConnect: Connect to 172.17.0.1<40815> failed : Connection refused',
      '[node-00][[38971,1],2][btl_tcp_endpoint.c:796:mca_btl_tcp_endpoint_complete_connect] connect() to 172.17.0.1 failed: Connection refused (111)',
      'node-00:1:2 [5] misc/socket.cc:483 NCCL WARN socketStartConnect: Connect to fe80::966d:ae03:a2:8cf0%ib1<17943> failed : Software caused connection abort',
    ],
    ignores: [
      'node-00:1:2 [0] misc/socket.cc:483 NCCL WARN socketStartConnect: Connect to 10.0.0.5<40815> failed : Connection refused',
      'requests.exceptions.ConnectionError: HTTPConnectionPool(host=127.0.0.1, port=6006): Connection refused',
    ],
  },
  {
    id: 'net.interfaces.none-common',
    summary: 'a launcher finds no network over which the hosts reach each other',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 4, 'firewall-blocked': 2.6, 'rendezvous-resolution': 0.8 },
    source: 'https://github.com/horovod/horovod/blob/master/horovod/runner/driver/driver_service.py',
    literals: ['task-to-task', 'novalidaddressesfound', 'on any interfaces', 'on any of the interfaces'],
    pattern:
      /(?:common|routable) task-to-task communication interfaces|NoValidAddressesFound|unable to connect to [\w ]{1,40} on any (?:of the )?interfaces/i,
    sees: [
      "Exception: Unable to find a set of common task-to-task communication interfaces: [(u'0', {u'docker0': [(u'172.17.0.1', 1)]})]",
      "horovod.runner.common.util.network.NoValidAddressesFound: Horovod was unable to connect to task service on any interfaces: {'eth0': [('10.0.0.2', 40000)]}",
    ],
    ignores: ['common interfaces: eth0'],
  },
  {
    id: 'net.interface.named-absent',
    summary: 'the interface that a library was told to use is not there or has no address',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 5.2, 'nccl-env-misconfig': 0.8, 'rdma-link-fault': 0.2 },
    source: 'https://github.com/horovod/horovod/blob/master/horovod/runner/util/network.py',
    literals: ['interface', 'nic ', 'ifname', 'iface', '_net_devices'],
    pattern:
      /\b(?:network )?interface '?[\w.-]{2,20}'?(?: \([^)\n]{1,60}\))?(?: (?:given|named|set|specified|configured) (?:in|by|with|as) \S{1,40})?,? (?:does not exist|doesn't exist|is not (?:available|present|a valid interface)|was not found|not found(?: on (?:this|the) (?:host|node|machine))?$|has no (?:IPv?[46]? ?|IP )?address)|\b(?:GLOO|NCCL|TP|UCX|HCCL|MCCL|RCCL|HOROVOD_GLOO)_(?:SOCKET_IFNAME|NET_DEVICES|IFACE)\b[^\n]{0,60}(?:does not exist|not found|no such (?:device|interface)|matches no|did not match|is invalid)|(?:[Uu]nable|[Cc]annot|[Ff]ailed|[Cc]ould not) (?:to )?(?:find|use|get|bind to)[^\n]{0,30}\binterface '?(?:eth|en[ospx]|ib|bond|hsn|roce|ens|mgmt)[\w.]{0,16}'?/,
    sees: [
      "ValueError: The network interface 'eth0' given in HOROVOD_GLOO_IFACE does not exist",
      'RuntimeError: interface ib0 has no IPv4 address',
      'GLOO_SOCKET_IFNAME=eth9: no such interface',
      'ERROR: cannot find interface ens5f0np0 on this host',
    ],
    ignores: [
      'NCCL INFO NCCL_SOCKET_IFNAME set by environment to eth0',
      'interface eth0 has address 10.0.0.5',
      "TypeError: interface 'Foo' is not a class",
    ],
  },
]);
