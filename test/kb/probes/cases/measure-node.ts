import type { ProbeCases } from '../probe-case.ts';
import { busyCases, notReports, ran, script } from './measure-output.ts';

const roce = 'ib_write_bw -D 600 of a study of adaptive routing, in a public repository (97.66 Gb/s of 100)';
const thor =
  'https://github.com/linux-rdma/perftest, ib_write_bw -D 10 --report_gbits over bnxt_re0 in a public diary of a student cluster';
const issue234 = 'https://github.com/linux-rdma/perftest/issues/234';
const hdr = 'https://github.com/Azure/azurehpc-health-checks (floor 180 Gb/s for HDR)';

const line = '-'.repeat(87);
const perftest = (rows: string, unit = 'Gb/sec', link = 'IB') => ` WARNING: BW peak won't be measured in this run.
${line}
                    RDMA_Write BW Test
 Dual-port       : OFF\t\tDevice         : mlx5_2
 Number of qps   : 1\t\tTransport type : IB
 Connection type : RC\t\tUsing SRQ      : OFF
 PCIe relax order: ON
 ibv_wr* API     : ON
 TX depth        : 128
 CQ Moderation   : 1
 Mtu             : 4096[B]
 Link type       : ${link}
 Max inline data : 0[B]
 rdma_cm QPs\t : OFF
 Data ex. method : Ethernet
${line}
 local address: LID 0x1907 QPN 0x055e PSN 0x6d058e RKey 0x1fffb9 VAddr 0x007f58a406e000
 remote address: LID 0x1922 QPN 0x0855 PSN 0xc6797b RKey 0x1fffb9 VAddr 0x007f71dddd9000
${line}
 #bytes     #iterations    BW peak[${unit}]    BW average[${unit}]   MsgRate[Mpps]
${rows}${line}
`;
const ib = (text: string, exit = 0) => ran('ib-client mlx5_2 10.0.0.8', 'ib_write_bw', 'mlx5_2', text, exit);
const good = ib(perftest(' 65536      1883621          0.00               197.51             0.376720\n'));

export const measureIbCases: ProbeCases = {
  faulty: [
    {
      name: 'a link that came up with one lane',
      source: `${hdr}; format of ${issue234}`,
      output: ib(perftest(' 65536      467310           0.00               49.01             0.093479\n')),
      means: ['measure.ib.slow hca mlx5_2'],
    },
    {
      name: 'slow, with the remark on the frequency of the processor',
      source: 'https://github.com/NVIDIA/deepops (docs, ib_write_bw), format',
      output: ib(
        perftest(`Conflicting CPU frequency values detected: 1200.535000 != 1251.336000. CPU Frequency is not max.
 65536      5000             22.42              22.40              0.042724
`),
      ),
      means: ['measure.ib.slow hca mlx5_2'],
    },
  ],
  healthy: [
    { name: 'HDR', source: hdr, output: good, means: ['measure.ib.normal hca mlx5_2'] },
    {
      name: '100 Gb/s of Ethernet',
      source: roce,
      output: ib(
        perftest(' 65536   55881440      0.00               97.66              0.186272\n', 'Gb/sec', 'Ethernet'),
      ),
      means: ['measure.ib.normal hca mlx5_2'],
    },
    {
      name: 'a tab in the row, as version 4.5 prints it',
      source: thor,
      output: ib(
        perftest(' 65536      4159603          0.00               363.47 \t\t   0.693268\n', 'Gb/sec', 'Ethernet'),
      ),
      means: ['measure.ib.normal hca mlx5_2'],
    },
    {
      name: 'figures in another unit are not taken',
      source: issue234,
      output: ib(perftest(' 65536      664644           0.00               11024.71           0.176395\n', 'MB/sec')),
      means: ['measure.tool.no-figure'],
    },
    {
      name: 'nobody listens on the peer',
      source: 'https://github.com/linux-rdma/perftest/blob/master/src/perftest_communication.c',
      output: ib("Couldn't connect to 10.0.0.8:18515\nUnable to open file descriptor for socket connection\n", 1),
      means: ['measure.tool.no-figure'],
    },
    ...busyCases('GPU 0 is used by 1 process'),
  ],
  garbage: notReports('ib-client mlx5_2 10.0.0.8', 'ib_write_bw', good),
};

const storage = (write: number, read: number, verified: 'yes' | 'no') =>
  ran('storage /lustre', 'openssl', '/lustre', `write_mib_s ${write}\nread_mib_s ${read}\nverified ${verified}\n`);

export const measureStorageCases: ProbeCases = {
  faulty: [
    {
      name: 'other content comes back',
      source: script,
      output: storage(1830, 2410, 'no'),
      means: ['measure.storage.content-differs disk /lustre'],
    },
    {
      name: 'slow to write',
      source: script,
      output: storage(31, 2410, 'yes'),
      means: ['measure.storage.slow disk /lustre'],
    },
    {
      name: 'slow and wrong',
      source: script,
      output: storage(31, 40, 'no'),
      means: ['measure.storage.content-differs disk /lustre', 'measure.storage.slow disk /lustre'],
    },
  ],
  healthy: [
    {
      name: 'a parallel file system',
      source: script,
      output: storage(1830, 2410, 'yes'),
      means: ['measure.storage.normal disk /lustre'],
    },
    {
      name: 'root may not write there',
      source: script,
      output: ran('storage /lustre', 'openssl', '/lustre', '', 1),
      means: ['measure.tool.no-figure'],
    },
    ...busyCases('GPU 0 is used by 1 process'),
  ],
  garbage: notReports('storage /lustre', 'openssl', storage(1830, 2410, 'yes')),
};
