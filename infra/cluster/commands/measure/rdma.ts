import { writeGbits } from '../../physics/measured/rdma.ts';
import { integer } from '../../noise.ts';
import { findNode, type WorldHca, type WorldNode } from '../../world.ts';
import type { CommandContext } from '../command.ts';
import { complaint, out, wait, type Play } from '../play.ts';
import type { RunningProcess } from '../processes.ts';
import type { Measurement, Verb } from './measurement.ts';

const seconds = 5;
const lookEveryMs = 250;
const helloMs = 400;
const serverMark = 'ib-server';

/** `ib_write_bw -d HCA -D 5 --report_gbits`: waits for one client. */
export const ibServer: Verb = (_context, args) => {
  const [name = '', ...more] = args;
  if (more.length > 0 || !isHca(name)) return null;
  return bandwidthTest(name, 40, [serverMark], function* play({ node, processes, timeline, nowMs }, hca) {
    yield out(`${warning}\n${banner('* Waiting for client to connect... *')}`);
    let atMs = nowMs;
    let client: RunningProcess | undefined;
    // Its time is up some day.
    while (client === undefined) {
      atMs = yield wait(lookEveryMs);
      client = processes?.all().find((one) => one.holds.includes(towards(node.name)));
    }
    const from = endOf(timeline.world.nodes, client);
    const gbits = from === undefined ? null : writeGbits(timeline, from, { node, hca }, atMs);
    while (processes?.all().includes(client) === true) yield wait(lookEveryMs);
    if (from === undefined || gbits === null) return 1;
    yield out(report({ node, hca }, from, gbits, timeline.world.seed));
    return 0;
  });
};

/** `ib_write_bw -d HCA -D 5 --report_gbits PEER`. */
export const ibClient: Verb = ({ world }, args) => {
  const [name = '', peerName = '', ...more] = args;
  if (more.length > 0 || !isHca(name) || !/^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/.test(peerName)) return null;
  const peer = findNode(world, peerName) ?? world.nodes.find((node) => node.managementIp === peerName);
  const marks = peer === undefined ? [] : [towards(peer.name)];
  return bandwidthTest(name, 30, marks, function* play({ node, timeline, processes }, hca) {
    yield out(`${warning}\n`);
    if (peer === undefined) {
      yield complaint(`Couldn't resolve hostname ${peerName}\n`);
      return 1;
    }
    const atMs = yield wait(helloMs);
    const server = processes?.on(peer.name).find((one) => one.holds.includes(serverMark));
    const to = server === undefined ? undefined : endOf([peer], server);
    if (to === undefined) {
      yield complaint(
        `Couldn't connect to ${peerName}:18515\nUnable to open file descriptor for socket connection Unable to init the socket connection\n`,
      );
      return 1;
    }
    const gbits = writeGbits(timeline, { node, hca }, to, atMs);
    if (gbits === null) {
      yield wait(lostAfterMs);
      yield complaint(' Completion with error at client\n Failed status 12: wr_id 0 syndrom 0x81\nscnt=128, ccnt=0\n');
      return 1;
    }
    yield wait(seconds * 1_000);
    yield out(report({ node, hca }, to, gbits, world.seed));
    return 0;
  });
};

// Retries of the transport run out: IBV_WC_RETRY_EXC_ERR is status 12. perftest's time-out of 14 is 67 ms, seven times.
const lostAfterMs = 470;

interface End {
  readonly node: WorldNode;
  readonly hca: WorldHca;
}

function bandwidthTest(
  name: string,
  secondsMax: number,
  marks: readonly string[],
  play: (context: CommandContext, hca: WorldHca) => Play,
): Measurement {
  return {
    tool: 'ib_write_bw',
    path: '/usr/bin/ib_write_bw',
    device: name,
    secondsMax,
    gpus: [],
    gpuMib: 0,
    holds: [name, ...marks],
    *play(context) {
      const hca = context.node.hcas.find((one) => one.name === name);
      if (hca !== undefined) return yield* play(context, hca);
      yield complaint(` IB device ${name} not found
 Unable to find the Infiniband/RoCE device
`);
      return 1;
    },
  };
}

function isHca(name: string): boolean {
  return /^[a-z][a-z0-9_]{0,31}$/.test(name);
}

function towards(node: string): string {
  return `to:${node}`;
}

/** The end that a running process is. */
function endOf(nodes: readonly WorldNode[], process: RunningProcess): End | undefined {
  const node = nodes.find((one) => one.name === process.node);
  const hca = node?.hcas.find((one) => process.holds.includes(one.name));
  return node === undefined || hca === undefined ? undefined : { node, hca };
}

const warning = " WARNING: BW peak won't be measured in this run.";
const rule = '-'.repeat(87);

function banner(text: string): string {
  const stars = '*'.repeat(text.length);
  return `\n${stars}\n${text}\n${stars}\n`;
}

/** The report of perftest 6 (format: linux-rdma/perftest issues 214 and 273). */
function report(here: End, there: End, gbits: number, seed: number): string {
  const rounds = Math.floor((gbits * 1e9 * seconds) / 8 / 65_536);
  const rate = (gbits * 1e9) / 8 / 65_536 / 1e6;
  const address = (which: string, { node, hca }: End) => {
    const hex = (digits: number, what: string) =>
      integer(seed, 16 ** digits, what, node.index, hca.name)
        .toString(16)
        .padStart(digits, '0');
    const lid = hca.lid.toString(16).padStart(4, '0');
    return ` ${which} address: LID 0x${lid} QPN 0x${hex(4, 'qpn')} PSN 0x${hex(6, 'psn')} RKey 0x${hex(6, 'rkey')} VAddr 0x007f${hex(4, 'vaddr')}a2c8b000\n`;
  };
  return (
    `${rule}\n                    RDMA_Write BW Test\n` +
    ` Dual-port       : OFF\t\tDevice         : ${here.hca.name}\n` +
    ' Number of qps   : 1\t\tTransport type : IB\n Connection type : RC\t\tUsing SRQ      : OFF\n' +
    ' PCIe relax order: ON\n ibv_wr* API     : ON\n TX depth        : 128\n CQ Moderation   : 1\n' +
    ' Mtu             : 4096[B]\n Link type       : IB\n Max inline data : 0[B]\n rdma_cm QPs\t : OFF\n' +
    ` Data ex. method : Ethernet\n${rule}\n${address('local', here)}${address('remote', there)}${rule}\n` +
    ' #bytes     #iterations    BW peak[Gb/sec]    BW average[Gb/sec]   MsgRate[Mpps]\n' +
    ` ${'65536'.padEnd(7)}    ${String(rounds).padEnd(10)}       ${'0.00'.padEnd(7)}            ${gbits.toFixed(2).padEnd(7)}\t\t   ${rate.toFixed(6)}\n${rule}\n`
  );
}
