import { hostCounters } from '../../physics/network/host-counters.ts';
import { listenersOf } from '../../physics/network/reach.ts';
import { complained, printed, type CommandContext, type NodeCommand } from '../command.ts';

/** `ss -Hltn` of iproute2 5.15. */
export const ss: NodeCommand = {
  name: 'ss',
  run({ timeline, node, nowMs }, args) {
    if (args.join(' ') !== '-Hltn') return complained(`ss: invalid option -- '${args[0] ?? ''}'\n`, 255);
    const rows = listenersOf(timeline, node, nowMs).map(
      ({ address, port, backlog }) =>
        `LISTEN 0      ${String(backlog).padEnd(6)} ${`${address}:${port}`.padStart(18)} ${(address === '*' ? '*:*' : '0.0.0.0:*').padStart(15)}\n`,
    );
    return printed(rows.join(''));
  },
};

/** A line of names and a line of numbers for every protocol. */
export const netCounterFiles: Readonly<Record<string, (context: CommandContext) => string>> = {
  '/proc/net/snmp'({ timeline, node, nowMs }) {
    const { tcp } = hostCounters(timeline, node, nowMs);
    return [
      'Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates',
      `Ip: 1 64 ${tcp.inSegs + 90_412} 0 0 0 0 0 ${tcp.inSegs + 90_398} ${tcp.outSegs + 71_204} 12 0 0 0 0 0 0 ${tcp.fragFails} 0`,
      'Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors',
      `Tcp: 1 200 120000 -1 ${tcp.activeOpens} ${tcp.passiveOpens} ${tcp.attemptFails} ${tcp.estabResets} ${tcp.established} ${tcp.inSegs} ${tcp.outSegs} ${tcp.retransSegs} 0 ${tcp.outRsts} 0`,
      'Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors',
      `Udp: ${Math.floor(tcp.inSegs / 900)} 411 0 ${Math.floor(tcp.outSegs / 880)} 0 0 0 2210 0`,
      '',
    ].join('\n');
  },
  '/proc/net/netstat'({ timeline, node, nowMs }) {
    const { tcpExt, ipExt } = hostCounters(timeline, node, nowMs);
    return [
      'TcpExt: SyncookiesSent SyncookiesRecv SyncookiesFailed ListenOverflows ListenDrops TCPLostRetransmit TCPFastRetrans TCPSlowStartRetrans TCPTimeouts TCPSynRetrans TCPOrigDataSent TCPMTUPFail TCPMTUPSuccess',
      `TcpExt: 0 0 0 0 0 ${tcpExt.lostRetransmit} ${tcpExt.fastRetrans} 0 ${tcpExt.timeouts} ${tcpExt.synRetrans} ${tcpExt.origDataSent} 0 0`,
      'IpExt: InNoRoutes InTruncatedPkts InMcastPkts OutMcastPkts InBcastPkts OutBcastPkts InOctets OutOctets',
      `IpExt: 0 0 ${ipExt.mcast} 0 0 0 ${ipExt.inOctets} ${ipExt.outOctets}`,
      '',
    ].join('\n');
  },
};
