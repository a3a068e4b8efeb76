import { printed, type ProbeCases } from '../probe-case.ts';

const hcas = (count: number) => Array.from({ length: count }, (_one, at) => ({ name: `mlx5_${at}`, port: 1 }));
const node = { name: 'node-07', gpus: [], hcas: hcas(4) };

const gidSource = 'https://github.com/NVIDIA/nccl/issues/1131';
const gidHead =
  'DEV\tPORT\tINDEX\tGID\t\t\t\t\tIPv4  \t\tVER\tDEV\n---\t----\t-----\t---\t\t\t\t\t------------  \t---\t---\n';
const roce = (at: number, options: { readonly address?: boolean; readonly from?: number } = {}) => {
  const from = options.from ?? 0;
  const local = `fe80:0000:0000:0000:a288:c2ff:fe5b:03e${at}`;
  const mapped = `0000:0000:0000:0000:0000:ffff:0b00:004${at}`;
  const rows = [
    `mlx5_${at}\t1\t${from}\t${local}\t\t\tv1\tens${at}np0`,
    `mlx5_${at}\t1\t${from + 1}\t${local}\t\t\tv2\tens${at}np0`,
    ...(options.address === false
      ? []
      : [
          `mlx5_${at}\t1\t${from + 2}\t${mapped}\t11.0.0.7${at}  \tv1\tens${at}np0`,
          `mlx5_${at}\t1\t${from + 3}\t${mapped}\t11.0.0.7${at}  \tv2\tens${at}np0`,
        ]),
  ];
  return `${rows.join('\n')}\n`;
};
const gids = (...ports: readonly string[]) => printed(`${gidHead}${ports.join('')}n_gids_found=16\n`);

export const ibGidsCases: ProbeCases = {
  faulty: [
    {
      name: 'a port without an address',
      source: gidSource,
      output: gids(roce(0), roce(1), roce(2, { address: false }), roce(3)),
      node,
      means: ['ib.gid.none-routable hca mlx5_2'],
    },
    {
      name: 'an index of its own, as in pods',
      source: 'https://github.com/NVIDIA/nccl/issues/1573',
      output: gids(roce(0), roce(1), roce(2), roce(3, { from: 4 })),
      node,
      means: ['ib.gid.index-unlike-siblings hca mlx5_3'],
    },
    {
      name: 'an adapter without GIDs',
      source: gidSource,
      output: gids(roce(0), roce(1), roce(2)),
      node,
      means: ['ib.gid.none hca mlx5_3'],
    },
  ],
  healthy: [
    {
      name: 'RoCE',
      source: gidSource,
      output: gids(roce(0), roce(1), roce(2), roce(3)),
      node,
      means: ['ib.gid.sound'],
    },
    {
      name: 'printed with blanks',
      source: gidSource,
      output: printed(gids(roce(0), roce(1)).stdout.replaceAll('\t', '    ')),
      means: ['ib.gid.sound'],
    },
    {
      name: 'InfiniBand',
      source: 'show_gids of MLNX_OFED 23.10, its script: ports of InfiniBand have one GID, no address and no interface',
      output: printed(
        `${gidHead}${[0, 1, 2, 3].map((at) => `mlx5_${at}\t1\t0\tfe80:0000:0000:0000:b83f:d203:0056:82a${at}\t\t\tv1\t\n`).join('')}n_gids_found=4\n`,
      ),
      node,
      means: ['ib.gid.sound'],
    },
    {
      name: 'none at all, in a pod without RDMA',
      source: 'https://github.com/Mellanox/k8s-rdma-sriov-dev-plugin/issues/30',
      output: printed(`${gidHead}n_gids_found=0\n`),
      means: ['ib.gid.sound'],
    },
  ],
  garbage: [
    printed('', 127, 'bash: show_gids: command not found'),
    printed('Welcome to node-01\n'),
    printed(`${gidHead}mlx5_0\t1\tx\tfe80::1\n`),
  ],
};

const verbsSource =
  'ibv_devinfo of rdma-core 47 on ConnectX-6 (fw 20.41.1000, board MT_0000000222), and -v as printed in https://github.com/Mellanox/k8s-rdma-shared-dev-plugin/issues/164';
const adapter = (
  at: number,
  {
    firmware = '20.31.1014',
    mtu = '4096 (5)',
    state = 'PORT_ACTIVE (4)',
    layer = 'InfiniBand',
    board = 'MT_0000000222',
  } = {},
) => `hca_id:\tmlx5_${at}
\ttransport:\t\t\tInfiniBand (0)
\tfw_ver:\t\t\t\t${firmware}
\tnode_guid:\t\t\ta088:c203:0096:05f${at}
\tsys_image_guid:\t\t\ta088:c203:0096:05f${at}
\tvendor_id:\t\t\t0x02c9
\tvendor_part_id:\t\t\t4123
\thw_ver:\t\t\t\t0x0
\tboard_id:\t\t\t${board}
\tphys_port_cnt:\t\t\t1
\tmax_mr_size:\t\t\t0xffffffffffffffff
\tdevice_cap_flags:\t\t0xe17e1c36
\t\t\t\t\tBAD_PKEY_CNTR
\t\t\t\t\tUnknown flags: 0xC8400000
\t\tport:\t1
\t\t\tstate:\t\t\t${state}
\t\t\tmax_mtu:\t\t4096 (5)
\t\t\tactive_mtu:\t\t${mtu}
\t\t\tsm_lid:\t\t\t35
\t\t\tport_lid:\t\t35
\t\t\tport_lmc:\t\t0x00
\t\t\tlink_layer:\t\t${layer}
\t\t\tactive_width:\t\t4X (2)
\t\t\tactive_speed:\t\t50.0 Gbps (64)
\t\t\tphys_state:\t\tLINK_UP (5)
\t\t\tGID[  0]:\t\tfe80:0000:0000:0000:a088:c203:0096:05f${at}

`;
const verbs = (...list: readonly string[]) => printed(list.join(''));

export const ibFirmwareCases: ProbeCases = {
  faulty: [
    {
      name: 'one adapter of older firmware',
      source: verbsSource,
      output: verbs(adapter(0), adapter(1), adapter(2, { firmware: '20.28.2006' }), adapter(3)),
      node,
      means: ['ib.firmware.unlike-siblings hca mlx5_2'],
    },
    {
      name: 'one port of a smaller MTU',
      source: verbsSource,
      output: verbs(adapter(0), adapter(1, { mtu: '2048 (4)' }), adapter(2), adapter(3)),
      node,
      means: ['ib.verbs.mtu-below-siblings hca mlx5_1'],
    },
    {
      name: 'an adapter is missing',
      source: verbsSource,
      output: verbs(adapter(0), adapter(1), adapter(2)),
      node,
      means: ['ib.verbs.adapter-missing hca mlx5_3'],
    },
    {
      name: 'none',
      source: verbsSource,
      output: printed('', 255, 'No IB devices found\n'),
      node,
      means: ['ib.verbs.no-device'],
    },
  ],
  healthy: [
    {
      name: 'alike',
      source: verbsSource,
      output: verbs(...[0, 1, 2, 3].map((at) => adapter(at))),
      node,
      means: ['ib.firmware.alike'],
    },
    {
      name: 'a storage adapter of another board, and a port that is down',
      source: verbsSource,
      output: verbs(
        ...[0, 1, 2].map((at) => adapter(at)),
        adapter(3, { state: 'PORT_DOWN (1)', mtu: '1024 (3)' }),
        adapter(8, { board: 'MT_0000000224', firmware: '16.35.2000', layer: 'Ethernet', mtu: '1024 (3)' }),
      ),
      node,
      means: ['ib.firmware.alike'],
    },
    {
      name: 'two ports, an older adapter',
      source: 'ibv_devinfo of an mlx4 adapter (fw 2.35.5100, two ports)',
      output: printed(`hca_id:	mlx4_0
	transport:			InfiniBand (0)
	fw_ver:				2.35.5100
	board_id:			MT_1090120019
	phys_port_cnt:			2
		port:	1
			state:			PORT_ACTIVE (4)
			active_mtu:		4096 (5)
			link_layer:		InfiniBand

		port:	2
			state:			PORT_ACTIVE (4)
			active_mtu:		4096 (5)
			link_layer:		InfiniBand

`),
      means: ['ib.firmware.alike'],
    },
  ],
  garbage: [
    printed('', 127),
    printed('Welcome to node-01\n'),
    printed('hca_id:\tmlx5_0\n\ttransport:\t\t\tInfiniBand (0)\n'),
  ],
};

const lsSource = 'https://docs.rapids.ai (UCX: ls -l /dev/infiniband) and https://github.com/NVIDIA/cloud-native-stack';
const deviceFiles = (count: number, mode = 'crw-rw-rw-', cm = true) =>
  printed(
    `total 0\ndrwxr-xr-x 2 root root       120 Nov 21 02:26 by-ibdev\n${Array.from(
      { length: count },
      (_one, at) =>
        `crw------- 1 root root 231,  ${64 + at} Nov 21 02:26 issm${at}\ncrw------- 1 root root 231,   ${at} Nov 21 02:26 umad${at}\n${at === 2 ? mode : 'crw-rw-rw-'} 1 root root 231, ${192 + at} Nov 21 02:26 uverbs${at}\n`,
    ).join('')}${cm ? 'crw-rw-rw- 1 root root  10,  54 Nov 21 02:26 rdma_cm\n' : ''}`,
  );

export const ibDevicesCases: ProbeCases = {
  faulty: [
    {
      name: 'no directory',
      source: 'ls of coreutils 9.1, printed on Debian 12',
      output: printed('', 2, "ls: cannot access '/dev/infiniband': No such file or directory\n"),
      node,
      means: ['ib.devices.none'],
    },
    { name: 'one too few', source: lsSource, output: deviceFiles(3), node, means: ['ib.devices.fewer-than-adapters'] },
    {
      name: 'one for root only',
      source: lsSource,
      output: deviceFiles(4, 'crw-------'),
      node,
      means: ['ib.devices.not-for-users'],
    },
    {
      name: 'no connection manager',
      source: lsSource,
      output: deviceFiles(4, 'crw-rw-rw-', false),
      node,
      means: ['ib.devices.no-connection-manager'],
    },
  ],
  healthy: [
    { name: 'all', source: lsSource, output: deviceFiles(4), node, means: ['ib.devices.complete'] },
    {
      name: 'in another language',
      source: 'ls of a Chinese system with Soft-RoCE',
      output: printed(
        'total 0\ncrw-rw-rw- 1 root root  10, 263 10月  8 18:03 rdma_cm\ncrw-rw-rw- 1 root root 231, 192 10月  8 18:03 uverbs0\n',
      ),
      means: ['ib.devices.complete'],
    },
  ],
  garbage: [printed('', 127), printed('Welcome to node-01\n'), printed('total 0\nuverbs0\n')],
};

const sysSource =
  'ls of coreutils 9.1 on a DGX A100 with MLNX_OFED: https://docs.kernel.org/admin-guide/sysfs-rules.html';
const linkTo = (name: string, path: string) =>
  `lrwxrwxrwx 1 root root 0 Nov 20 10:11 ${name} -> ../../devices/${path}${name}\n`;
const ofPci = (bus: string) => `pci0000:00/0000:00:01.1/0000:${bus}:00.0/`;
const sysClass = (adapters: string, interfaces: string) =>
  printed(
    `/sys/class/infiniband:\ntotal 0\n${adapters}\n/sys/class/net:\ntotal 0\n-rw-r--r-- 1 root root 4096 Nov 20 10:11 bonding_masters\n${interfaces}${linkTo('lo', 'virtual/net/')}`,
  );
const twoAdapters = linkTo('mlx5_0', `${ofPci('0c')}infiniband/`) + linkTo('mlx5_1', `${ofPci('12')}infiniband/`);
const ibFirst = linkTo('ib0', `${ofPci('0c')}net/`);

export const ibInterfacesCases: ProbeCases = {
  faulty: [
    {
      name: 'one without an interface',
      source: sysSource,
      output: sysClass(twoAdapters, ibFirst),
      means: ['ib.interfaces.missing hca mlx5_1'],
    },
  ],
  healthy: [
    {
      name: 'each with its own',
      source: sysSource,
      output: sysClass(twoAdapters, ibFirst + linkTo('ens18f0np0', `${ofPci('12')}net/`)),
      means: ['ib.interfaces.named'],
    },
    {
      name: 'none has one',
      source: sysSource,
      output: sysClass(twoAdapters, linkTo('eth0', `${ofPci('e1')}net/`)),
      means: ['ib.interfaces.named'],
    },
    {
      name: 'no adapters',
      source: sysSource,
      output: printed(
        `/sys/class/net:\ntotal 0\n${linkTo('eth0', ofPci('e1'))}${linkTo('lo', 'virtual/net/')}`,
        2,
        "ls: cannot access '/sys/class/infiniband': No such file or directory\n",
      ),
      means: ['ib.interfaces.named'],
    },
  ],
  garbage: [printed('', 127), printed('Welcome to node-01\n'), printed('/sys/class/net:\ntotal 0\nlib0\n')],
};

const flap = 'https://github.com/ROCm/rccl/issues/1423';
const link = (at: number, state: string) =>
  `link mlx5_${at}/1 subnet_prefix fe80:0000:0000:0000 lid ${3_396 + at} sm_lid 1 lmc 0 ${state} \n`;
const up = 'state ACTIVE physical_state LINK_UP';
const links = (last: string) => printed([0, 1, 2].map((at) => link(at, up)).join('') + link(3, last));

export const ibLinksCases: ProbeCases = {
  faulty: [
    {
      name: 'down and polling',
      source: flap,
      output: links('state DOWN physical_state POLLING'),
      node,
      means: ['ib.link.down hca mlx5_3'],
    },
    {
      name: 'down, then up',
      source: flap,
      output: links('state DOWN physical_state LINK_UP'),
      second: links(up),
      node,
      means: ['ib.port.unstable hca mlx5_3'],
    },
    {
      name: 'RoCE, one down',
      source: 'rdma link of iproute2 5.15 on a node with four ports of ConnectX-6',
      output: printed(
        'link mlx5_0/1 state ACTIVE physical_state LINK_UP netdev ens7f0np0 \nlink mlx5_1/1 state DOWN physical_state POLLING netdev ens7f1np1 \n',
      ),
      means: ['ib.link.down hca mlx5_1'],
    },
  ],
  healthy: [
    { name: 'all active', source: flap, output: links(up), second: links(up), node, means: ['ib.link.active'] },
    {
      name: 'bonds, as older versions print them',
      source: 'rdma link of MLNX_OFED 23.07 on BlueField-3',
      output: printed(
        '8/1: mlx5_bond_0/1: state ACTIVE physical_state LINK_UP netdev reth0 \n9/1: mlx5_bond_1/1: state ACTIVE physical_state LINK_UP netdev reth2 \n',
      ),
      means: ['ib.link.active'],
    },
    {
      name: 'two switched off',
      source: 'rdma link of iproute2 5.15 on a node with four ports of ConnectX-6',
      output: printed(
        'link mlx5_0/1 state DOWN physical_state DISABLED netdev ens7f0np0\nlink mlx5_1/1 state ACTIVE physical_state LINK_UP netdev ens7f1np1\n',
      ),
      means: ['ib.port.administratively-down hca mlx5_0'],
    },
    {
      name: 'a virtual function that the inventory does not list is nobody’s',
      source: flap,
      output: printed(
        `${[0, 1, 2, 3].map((at) => link(at, up)).join('')}link mlx5_9/1 state DOWN physical_state POLLING \n`,
      ),
      node,
      means: ['ib.link.active'],
    },
  ],
  garbage: [
    printed('', 1, 'Failed to open NETLINK_RDMA socket'),
    printed('Welcome to node-01\n'),
    printed('link mlx5_0/1 state\n'),
  ],
};

const fabric =
  'https://github.com/linux-rdma/rdma-core/blob/master/infiniband-diags/ibqueryerrors.c; lines of a fabric with an SX6036 as a mail to a list quotes them';
const errors = (downed: number) =>
  printed(`Errors for "node-07 mlx5_2"
   GUID 0x7cfe900300179b31 port 1: [SymbolErrorCounter == ${downed * 40}] [LinkDownedCounter == ${downed}] [PortXmitWait == 4294967295 (4.000G)]
Errors for 0x2c903006e29b0 "MF0;leaf-01:MQM8700/U1"
   GUID 0x2c903006e29b0 port ALL: [LinkDownedCounter == 48] [PortXmitDiscards == 15854] [PortXmitWait == 4294967295]
   GUID 0x2c903006e29b0 port 0: [PortXmitWait == 76959324]
   GUID 0x2c903006e29b0 port 9: [LinkDownedCounter == 8] [PortXmitWait == 2]
         Link info:      2   9[  ] ==( 4X        53.125 Gbps Active/  LinkUp)==>  0x7cfe900300179b40     12    1[  ] "node-03 mlx5_0" ( )

## Summary: 19 nodes checked, 2 bad nodes found
##          76 ports checked, 2 ports have errors beyond threshold
## Thresholds: 
## Suppressed:
`);
const others = (downed: number) =>
  printed(`Errors for 0x2c903006e29b0 "MF0;leaf-01:MQM8700/U1"
   GUID 0x2c903006e29b0 port 9: [LinkDownedCounter == ${downed}]
         Link info:      2   9[  ] ==( 4X        53.125 Gbps Active/  LinkUp)==>  0x7cfe900300179b40     12    1[  ] "node-03 mlx5_0" ( )

## Summary: 19 nodes checked, 1 bad nodes found
##          76 ports checked, 1 ports have errors beyond threshold
`);
const asked = { node: 'node-07' };

export const ibSwitchCountersCases: ProbeCases = {
  faulty: [
    {
      name: 'the node’s own adapter',
      source: fabric,
      output: errors(12),
      args: asked,
      means: ['ib.fabric.own-port-errors hca mlx5_2', 'ib.fabric.other-ports-errors', 'ib.fabric.ports-wait'],
    },
    {
      name: 'and growing',
      source: fabric,
      output: errors(12),
      second: errors(13),
      args: asked,
      means: ['ib.fabric.own-port-errors-growing hca mlx5_2', 'ib.fabric.other-ports-errors', 'ib.fabric.ports-wait'],
    },
    {
      name: 'the other end of the node’s cable',
      source: fabric,
      output: others(8),
      args: { node: 'node-03' },
      means: ['ib.fabric.own-port-errors hca mlx5_0'],
    },
    {
      name: 'a switch port of others, growing',
      source: fabric,
      output: others(8),
      second: others(11),
      args: asked,
      means: ['ib.fabric.switch-errors-growing'],
    },
    {
      name: 'an older version, with errors on standard error beside it',
      source: 'https://github.com/guilbaults/infiniband-exporter/issues/12',
      output: printed(
        'Errors for "node-07 HCA-1"\n   GUID 0x2c9030042dff1 port 1: [SymbolErrorCounter == 890] [PortXmitWait == 2]\n',
        1,
        'src/query_smp.c:199; umad (DR path slid 0; dlid 0; 0,1,13,5,14 Attr 0x11:0) bad status 110; Connection timed out\n',
      ),
      args: asked,
      means: ['ib.fabric.own-port-errors', 'ib.fabric.ports-wait'],
    },
  ],
  healthy: [
    {
      name: 'none',
      source: fabric,
      output: printed(
        '\n## Summary: 19 nodes checked, 0 bad nodes found\n##          76 ports checked, 0 ports have errors beyond threshold\n',
      ),
      args: asked,
      means: ['ib.fabric.no-errors'],
    },
    {
      name: 'of others only',
      source: fabric,
      output: others(8),
      args: asked,
      means: ['ib.fabric.other-ports-errors', 'ib.fabric.no-errors'],
    },
  ],
  garbage: [
    printed(
      '',
      255,
      'ibwarn: [1203] mad_rpc_open_port: can’t open UMAD port ((null):0)\nsrc/ibnetdisc.c:784; Failed to open (null) port 0',
    ),
    printed('Welcome to node-01\n'),
    printed('', 127, 'bash: ibqueryerrors: command not found'),
  ],
};

const linkSource =
  'https://github.com/linux-rdma/rdma-core/blob/master/infiniband-diags/iblinkinfo.c (-l); a line of ConnectX-3 as an operator’s parser quotes it';
const line = (from: string, lanes: number, gbps: string, to: string, port: number, remark = ' ') =>
  `0xb83fd203005682a2 "${from.padStart(22)}"     37    1[  ] ==( ${lanes}X ${gbps.padStart(14)} Gbps Active/  LinkUp)==>  0xf45214030067c630      5   ${String(port).padStart(2)}[  ] "${to}" (${remark})\n`;
const nodeLink = (at: number, lanes = 4, gbps = '53.125', remark = ' ') =>
  line(`node-07 mlx5_${at}`, lanes, gbps, 'MF0;leaf-01:MQM8700/U1', at + 1, remark);
const uplink = (remark = ' ', gbps = '53.125') =>
  line('MF0;leaf-01:MQM8700/U1', 4, gbps, 'MF0;spine-01:MQM8700/U1', 33, remark) +
  '0xf45214030067c630 "MF0;leaf-01:MQM8700/U1"      5   20[  ] ==(                Down/ Polling)==>             [  ] "" ( )\n';

const switchLink = (guid: string, from: string, to: string, toGuid: string, port: number) =>
  `${guid} "${from.padStart(22)}"      5   ${port}[  ] ==( 4X         53.125 Gbps Active/  LinkUp)==>  ${toGuid}     37    1[  ] "${to}" ( )\n`;
/** The node's leaf with so many uplinks and so many ports that poll; another one has four of both sorts of links. */
const twoLeaves = (uplinks: number, polling: number) =>
  [
    ...[0, 1, 2, 3].flatMap((at) => [
      switchLink('0xf45214030067c630', 'MF0;leaf-01:MQM8700/U1', `node-07 mlx5_${at}`, '0xb83fd203005682a2', at + 1),
      switchLink('0xf45214030067c640', 'MF0;leaf-02:MQM8700/U1', `node-08 mlx5_${at}`, '0xb83fd203005682b2', at + 1),
      switchLink(
        '0xf45214030067c640',
        'MF0;leaf-02:MQM8700/U1',
        'MF0;spine-01:MQM8700/U1',
        '0xf4521403006700a0',
        at + 33,
      ),
    ]),
    ...Array.from({ length: uplinks }, (_, at) =>
      switchLink(
        '0xf45214030067c630',
        'MF0;leaf-01:MQM8700/U1',
        'MF0;spine-01:MQM8700/U1',
        '0xf4521403006700a0',
        at + 37,
      ),
    ),
    ...Array.from(
      { length: polling },
      (_, at) =>
        `0xf45214030067c630 "MF0;leaf-01:MQM8700/U1"      5   ${20 + at}[  ] ==(                Down/ Polling)==>             [  ] "" ( )\n`,
    ),
  ].join('');

export const ibFabricLinksCases: ProbeCases = {
  faulty: [
    {
      name: 'one lane of four',
      source: linkSource,
      output: printed(
        [nodeLink(0), nodeLink(1), nodeLink(2, 1, '53.125', ' Could be 4X '), nodeLink(3), uplink()].join(''),
      ),
      node,
      args: asked,
      means: ['ib.fabric.link-degraded hca mlx5_2'],
    },
    {
      name: 'half its speed',
      source: linkSource,
      output: printed(
        [nodeLink(0), nodeLink(1, 4, '25.78125', ' Could be 53.125 Gbps'), nodeLink(2), nodeLink(3), uplink()].join(''),
      ),
      node,
      args: asked,
      means: ['ib.fabric.link-degraded hca mlx5_1'],
    },
    {
      name: 'one adapter is not seen',
      source: linkSource,
      output: printed([nodeLink(0), nodeLink(1), nodeLink(2), uplink()].join('')),
      node,
      args: asked,
      means: ['ib.fabric.adapter-absent'],
    },
    {
      name: 'the node is not seen',
      source: linkSource,
      output: printed(uplink()),
      node,
      args: asked,
      means: ['ib.fabric.node-absent'],
    },
    {
      name: 'a link between switches',
      source: linkSource,
      output: printed(
        [nodeLink(0), nodeLink(1), nodeLink(2), nodeLink(3), uplink(' Could be 53.125 Gbps', '25.78125')].join(''),
      ),
      node,
      args: asked,
      means: ['ib.fabric.switch-link-degraded'],
    },
    {
      name: 'a leaf without most of its uplinks',
      source: linkSource,
      output: printed([...[0, 1, 2, 3].map((at) => nodeLink(at)), twoLeaves(1, 3)].join('')),
      node,
      args: asked,
      means: ['ib.fabric.leaf-uplinks-lost'],
    },
  ],
  healthy: [
    {
      name: 'a leaf with as many uplinks as the other',
      source: linkSource,
      output: printed([...[0, 1, 2, 3].map((at) => nodeLink(at)), twoLeaves(4, 3)].join('')),
      node,
      args: asked,
      means: ['ib.fabric.links-whole'],
    },
    {
      name: 'a leaf that never had more uplinks',
      source: linkSource,
      output: printed([...[0, 1, 2, 3].map((at) => nodeLink(at)), twoLeaves(1, 0)].join('')),
      node,
      args: asked,
      means: ['ib.fabric.links-whole'],
    },
    {
      name: 'whole',
      source: linkSource,
      output: printed([nodeLink(0), nodeLink(1), nodeLink(2), nodeLink(3), uplink()].join('')),
      node,
      args: asked,
      means: ['ib.fabric.links-whole'],
    },
    {
      name: 'an older fabric, adapters numbered',
      source: 'iblinkinfo -l of a fabric of ConnectX-3',
      output: printed(
        '0xf452140300f55051 "              ib-test-7 HCA-1"     37    1[  ] ==( 4X       14.0625 Gbps Active/  LinkUp)==>  0xf45214030067c630      5   16[  ] "MF0;switch-e1be74:SX6036/U1" ( )\n',
      ),
      args: { node: 'ib-test-7' },
      means: ['ib.fabric.links-whole'],
    },
  ],
  garbage: [
    printed('', 255, 'src/ibnetdisc.c:784; Failed to open (null) port 0'),
    printed('Welcome to node-01\n'),
    printed('0xf452140300f55051 "x"\n'),
  ],
};
