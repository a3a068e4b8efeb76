import type { ProbeCases } from '../probe-case.ts';
import { printed } from '../probe-case.ts';
import { here, notInstalled, welcome } from './host-kernel.ts';

const bridge = (
  address: string,
  control: string,
) => `${address} PCI bridge: PLX Technology, Inc. PEX 8725 24-Lane, 10-Port PCI Express Gen 3 (8.0 GT/s) Multi-Root Switch with DMA (rev ca) (prog-if 00 [Normal decode])
\tControl: I/O- Mem- BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx+
\tBus: primary=02, secondary=82, subordinate=82, sec-latency=0
\tCapabilities: [148 v1] Access Control Services
\t\tACSCap:\tSrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl+ DirectTrans+
\t\tACSCtl:\t${control}
\tKernel driver in use: pcieport

`;
const off = 'SrcValid- TransBlk- ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-';
const on = 'SrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-';
const checked = 'SrcValid+ TransBlk- ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-';
const lspciSource =
  'https://github.com/HeyMeco/Rockchip-pcie-devices/issues/6, https://github.com/NVIDIA/nccl/issues/629';

export const hostIommuAcsCases: ProbeCases = {
  faulty: [
    {
      name: 'some bridges redirect',
      source: lspciSource,
      output: printed(bridge('0000:02:01.0', off) + bridge('0000:02:08.0', on) + bridge('0000:02:10.0', on)),
      means: ['host.acs.redirects'],
    },
  ],
  healthy: [
    {
      name: 'off',
      source: lspciSource,
      output: printed(bridge('02:01.0', off) + bridge('02:08.0', off)),
      means: ['host.acs.off'],
    },
    {
      name: 'sources are checked, transfers go directly',
      source: 'https://github.com/NVIDIA/nccl/issues/606',
      output: printed(bridge('02:01.0', checked) + bridge('02:08.0', off)),
      means: ['host.acs.validates', 'host.acs.off'],
    },
    { name: 'a virtual machine', source: `lspci 3.9.0, ${here}`, output: printed(''), means: ['host.acs.no-bridges'] },
  ],
  garbage: [
    welcome,
    printed('', 1, 'sudo: lspci: command not found\n'),
    printed('', 1, 'sudo: a password is required\n'),
    printed('02:01.0 PCI bridge: PLX Technology, Inc. PEX 8725\n\tCapabilities: <access denied>\n'),
  ],
};

export const hostIommuCases: ProbeCases = {
  faulty: [
    {
      name: 'Intel',
      source: 'https://docs.kernel.org/arch/x86/iommu.html (dmar units)',
      output: printed('dmar0\ndmar1\ndmar2\ndmar3\n'),
      means: ['host.iommu.active'],
    },
    {
      name: 'AMD',
      source: 'https://docs.kernel.org/arch/x86/iommu.html (ivhd units)',
      output: printed('ivhd0\nivhd1\n'),
      means: ['host.iommu.active'],
    },
  ],
  healthy: [
    { name: 'off', source: here, output: printed(''), means: ['host.iommu.off'] },
    {
      name: 'a kernel without any',
      source: here,
      output: printed('', 2, "ls: cannot access '/sys/class/iommu': No such file or directory\n"),
      means: ['host.iommu.off'],
    },
  ],
  garbage: [
    welcome,
    notInstalled('ls'),
    printed('', 2, "ls: cannot open directory '/sys/class/iommu': Permission denied\n"),
  ],
};

const chronySource = 'https://github.com/zabbix/community-templates/pull/117 (leap texts); fields of chronyc 4.3 here';
const tracking = (offset: string, leap = 'Normal') =>
  printed(
    `A29FC87B,162.159.200.123,4,1795278425.428224654,${offset},0.000012345,0.000031034,-1.234,0.001,0.015,0.012706812,0.000430042,1029.8,${leap}\n`,
  );

export const hostClockSyncCases: ProbeCases = {
  faulty: [
    {
      name: 'no source yet',
      source: `chronyc 4.3, ${here}`,
      output: printed(
        '00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,1.000000000,1.000000000,0.0,Not synchronised\n',
      ),
      means: ['host.clock.not-synchronised'],
    },
    {
      name: 'the daemon does not run',
      source: `chronyc 4.3, ${here}`,
      output: printed('506 Cannot talk to daemon\n', 1),
      means: ['host.clock.not-synchronised'],
    },
    { name: 'two seconds off', source: chronySource, output: tracking('-2.113000154'), means: ['host.clock.off'] },
  ],
  healthy: [
    { name: 'right', source: chronySource, output: tracking('0.000009283'), means: ['host.clock.right'] },
    {
      name: 'a local clock',
      source: `chronyc 4.3, ${here}`,
      output: printed(
        '7F7F0101,,8,1795278425.428224654,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,0.000000000,0.000000000,0.0,Normal\n',
      ),
      means: ['host.clock.right'],
    },
    {
      name: 'a leap second is due',
      source: chronySource,
      output: tracking('0.000000015', 'Insert second'),
      means: ['host.clock.right'],
    },
  ],
  garbage: [
    welcome,
    notInstalled('chronyc'),
    printed('A29FC87B,162.159.200.123,4,17952\n'),
    printed('501 Not authorised\n', 1),
  ],
};

const shm = (rows: readonly (readonly [uid: number, bytes: number, at: string, name: string])[]) =>
  printed(
    [
      `total ${rows.length * 4}`,
      ...rows.map(([uid, bytes, at, name]) => `-rw------- 1 ${uid} ${uid} ${bytes} ${at}.121151303 +0000 ${name}`),
      '',
    ].join('\n'),
  );
const shmSource = 'https://github.com/llm-d/llm-d/issues/352 (names), ls of coreutils 9.1';

export const hostSharedMemoryCases: ProbeCases = {
  faulty: [
    {
      name: 'of a job of the day before',
      source: shmSource,
      output: shm([
        [1000, 9_637_888, '2026-11-19 09:30:11', 'nccl-onFp46'],
        [1000, 9_637_888, '2026-11-21 09:21:02', 'nccl-2IXnHu'],
      ]),
      means: ['host.shm.leftover'],
    },
    {
      name: 'of a crash loop',
      source: shmSource,
      output: shm(
        Array.from(
          { length: 1_200 },
          (_one, at) => [0, 0, '2026-11-21 09:21:02', `nccl-${String(at).padStart(6, 'x')}`] as const,
        ),
      ),
      means: ['host.shm.leftover'],
    },
  ],
  healthy: [
    { name: 'empty', source: here, output: printed('total 0\n'), means: ['host.shm.tidy'] },
    {
      name: 'one job',
      source: shmSource,
      output: shm([
        [1000, 9_637_888, '2026-11-21 09:21:02', 'nccl-2IXnHu'],
        [1000, 67_108_864, '2026-11-21 09:25:40', 'torch_4242_3370210312_0'],
        [1000, 32, '2026-11-21 09:21:00', 'sem.mp-k2_1v0x3'],
      ]),
      means: ['host.shm.tidy'],
    },
    {
      name: 'jobs of two users',
      source: 'https://github.com/NVIDIA/nccl/issues/328',
      output: shm([
        [1000, 9_637_888, '2026-11-21 09:21:02', 'nccl-2IXnHu'],
        [1001, 9_637_888, '2026-11-21 09:25:40', 'nccl-JeAEgn'],
      ]),
      means: ['host.shm.several-owners', 'host.shm.tidy'],
    },
    {
      name: 'files of others, however old',
      source: here,
      output: shm([
        [0, 4096, '2025-01-02 09:21:02', 'lttng-ust-wait-8'],
        [0, 4096, '2026-11-21 09:21:02', 'a name; with blanks'],
      ]),
      means: ['host.shm.tidy'],
    },
  ],
  garbage: [
    welcome,
    notInstalled('ls'),
    printed('', 2, "ls: cannot access '/dev/shm': No such file or directory\n"),
    printed('total 0\n-rw-r--r-- 1 root root 0 Nov 21 16:27 wr-probe\n'),
  ],
};

const failed = (...units: readonly string[]) =>
  printed(units.map((unit) => `${`${unit}.service`.padEnd(34)} loaded failed failed ${unit} service\n`).join(''));
const unitSource = 'https://github.com/NVIDIA/NVSentinel/issues/883 (unit), columns of systemctl 249 and 252';

export const hostServicesCases: ProbeCases = {
  faulty: [
    {
      name: 'the fabric manager',
      source: unitSource,
      output: printed('nvidia-fabricmanager.service loaded failed failed NVIDIA fabric manager service\n'),
      means: ['host.services.fabricmanager'],
    },
    { name: 'the GPU stack', source: unitSource, output: failed('nvidia-persistenced'), means: ['host.services.gpu'] },
    { name: 'RDMA', source: unitSource, output: failed('openibd'), means: ['host.services.rdma'] },
    {
      name: 'storage',
      source: unitSource,
      output: failed('rpc-statd', 'fstrim'),
      means: ['host.services.storage', 'host.services.other'],
    },
    { name: 'containers', source: unitSource, output: failed('containerd'), means: ['host.services.containers'] },
    {
      name: 'the scheduler',
      source: unitSource,
      output: failed('munge', 'slurmd'),
      means: ['host.services.scheduler', 'host.services.scheduler'],
    },
    {
      name: 'the network, with a dot before the line',
      source:
        'https://github.com/coreos/console-login-helper-messages/pull/83, https://github.com/systemd/systemd/pull/15458',
      output: printed('● systemd-resolved.service loaded failed failed Network Name Resolution\n'),
      means: ['host.services.network'],
    },
  ],
  healthy: [
    { name: 'none', source: unitSource, output: printed(''), means: ['host.services.none-failed'] },
    {
      name: 'one that jobs do not need',
      source: unitSource,
      output: failed('motd-news'),
      means: ['host.services.other', 'host.services.none-failed'],
    },
  ],
  garbage: [
    welcome,
    notInstalled('systemctl'),
    printed(
      '',
      1,
      "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect to bus: Host is down\n",
    ),
    printed('nvidia-fabricmanager.service loaded active running NVIDIA fabric manager service\n'),
  ],
};
