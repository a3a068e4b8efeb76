import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines, requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man1/ibv_devinfo.1.html';

const none: FindingKind = {
  id: 'ib.verbs.no-device',
  summary: 'the verbs library finds no RDMA adapter',
  role: 'cause',
  weighs: { 'rdma-link-fault': 1.5, 'net-plugin-mismatch': 1.5, 'rdma-device-missing-in-container': 0.7 },
  source,
};
const missing: FindingKind = {
  id: 'ib.verbs.adapter-missing',
  summary: 'the verbs library does not find an adapter of the inventory',
  role: 'cause',
  weighs: { 'rdma-link-fault': 3, 'host-hardware-fault': 1.2 },
  source,
};
const differs: FindingKind = {
  id: 'ib.firmware.unlike-siblings',
  summary: 'an adapter has another firmware than others of its board, here or on sibling nodes',
  role: 'symptom',
  weighs: { 'rdma-link-fault': 1.2, 'net-plugin-mismatch': 1.2 },
  source,
};
const smallMtu: FindingKind = {
  id: 'ib.verbs.mtu-below-siblings',
  summary: 'an active port has a smaller RDMA MTU than others of its link layer',
  role: 'cause',
  weighs: { 'mtu-mismatch': 3.2 },
  source,
};
const alike: FindingKind = {
  id: 'ib.firmware.alike',
  summary: 'adapters of one board have one firmware, and their ports one MTU',
  role: 'clean',
  weighs: { 'net-plugin-mismatch': -0.4, 'mtu-mismatch': -0.7, 'rdma-device-missing-in-container': -0.4 },
  source,
};
const kinds = [none, missing, differs, smallMtu, alike];

const noArgs = z.object({});

interface Adapter {
  readonly line: number;
  readonly hca: string;
  /** Such as `20.31.1014`. */
  readonly firmware: string;
  readonly board: string;
  readonly ports: readonly Port[];
}
interface Port {
  readonly line: number;
  readonly port: number;
  readonly active: boolean;
  readonly activeMtuBytes: number | null;
  readonly linkLayer: string;
}
interface Reading {
  readonly adapters: readonly Adapter[];
}

/** What programs get from the verbs library: adapters, firmware, MTU. */
export const ibFirmware: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'ib.firmware',
  platform: 'nvidia-linux',
  summary: 'RDMA adapters as the verbs library finds them: firmware, board, MTU of the ports',
  question: 'Do all adapters have one firmware, and their ports one MTU?',
  aspect: 'correctness',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 400,
  timeoutMs: 15_000,
  outputBytesMax: 524_288,
  args: noArgs,
  argv: () => ['ibv_devinfo', '-v'],
  parse(output) {
    requireTool(output, 'ibv_devinfo');
    // Exit code 255 with some versions, 1 or 0 with others.
    if (/No IB devices found/.test(`${output.stderr}\n${output.stdout}`) && numberedLines(output).length <= 1)
      return { adapters: [] };
    return { adapters: adaptersIn(requiredLines(output, 'ibv_devinfo')) };
  },
  outcomes: kinds,
  meaning({ adapters }, node) {
    const listed = node?.hcas?.map(({ name }) => name) ?? [];
    if (adapters.length === 0) return [{ kind: none.id, text: 'the verbs library finds no adapter' }];
    const seen: ProbeFinding[] = listed
      .filter((hca) => !adapters.some((adapter) => adapter.hca === hca))
      .map((hca) => ({
        kind: missing.id,
        device: { kind: 'hca', name: hca },
        text: `the verbs library finds ${adapters.length} adapters, not ${hca}`,
        values: { hca },
      }));
    for (const same of Map.groupBy(adapters, ({ board }) => board).values()) {
      const usual = mostFrequent(same.map(({ firmware }) => firmware));
      for (const { hca, firmware, line } of same.filter((one) => one.firmware !== usual))
        seen.push({
          kind: differs.id,
          device: { kind: 'hca', name: hca },
          text: `${hca} has firmware ${firmware}, others of its board ${usual}`,
          line,
          values: { hca, firmware, siblingsFirmware: usual },
        });
    }
    const active = adapters.flatMap(({ hca, ports }) =>
      ports.filter((port) => port.active).map((port) => ({ hca, ...port })),
    );
    for (const layer of Map.groupBy(active, ({ linkLayer }) => linkLayer).values()) {
      const largest = Math.max(...layer.map(({ activeMtuBytes }) => activeMtuBytes ?? 0));
      for (const { hca, activeMtuBytes, line } of layer)
        if (activeMtuBytes !== null && activeMtuBytes < largest)
          seen.push({
            kind: smallMtu.id,
            device: { kind: 'hca', name: hca },
            text: `${hca} has an RDMA MTU of ${activeMtuBytes} bytes, others ${largest}`,
            line,
            values: { hca, mtuBytes: activeMtuBytes, siblingsMtuBytes: largest },
          });
    }
    return orClean(seen, kinds, {
      kind: alike.id,
      text: `${adapters.length} adapters, firmware ${[...new Set(adapters.map(({ firmware }) => firmware))].slice(0, 4).join(', ')}`,
    });
  },
  siblings: {
    numbers: ({ adapters }) =>
      adapters.flatMap(({ hca, board, firmware, line, ports }) => [
        ...firmwareNumber(firmware).map((value) => ({
          name: 'firmware',
          value,
          unit: 'version',
          device: { kind: 'hca' as const, name: hca },
          like: board,
          line,
        })),
        ...ports.flatMap((port) =>
          port.active && port.activeMtuBytes !== null
            ? [
                {
                  name: 'rdmaMtuBytes',
                  value: port.activeMtuBytes,
                  unit: 'bytes',
                  device: { kind: 'hca' as const, name: hca },
                  like: board,
                  line: port.line,
                },
              ]
            : [],
        ),
      ]),
    // Versions and sizes are equal or not.
    rules: [
      { name: 'firmware', side: 'both', relative: 0, absolute: 0, source },
      { name: 'rdmaMtuBytes', side: 'low', relative: 0, absolute: 0, source },
    ],
    kind: differs,
  },
};

function adaptersIn(lines: ReturnType<typeof requiredLines>): readonly Adapter[] {
  if (lines[0]?.text.startsWith('hca_id:') !== true) throw new ProbeParseError('line 1: not the head of ibv_devinfo');
  const starts = lines.flatMap(({ text }, at) => (text.startsWith('hca_id:') ? [at] : []));
  return starts.map((start, which) => {
    const block = lines.slice(start, starts[which + 1]);
    const line = block[0]?.line ?? 0;
    const hca = /^hca_id:\s+(\w{1,32})$/.exec(block[0]?.text ?? '')?.[1];
    const value = (name: string) => fieldIn(block, name)?.value;
    const [firmware, board] = [value('fw_ver'), value('board_id') ?? 'unknown'];
    if (hca === undefined || firmware === undefined)
      throw new ProbeParseError(`line ${line}: no firmware of an adapter`);
    const ports = block.flatMap(({ text }, at) => (/^\s+port:\s+\d{1,3}$/.test(text) ? [at] : []));
    return {
      line,
      hca,
      firmware,
      board,
      ports: ports.map((from, next) => portIn(block.slice(from, ports[next + 1]))),
    };
  });
}

function portIn(block: ReturnType<typeof requiredLines>): Port {
  const line = block[0]?.line ?? 0;
  const state = fieldIn(block, 'state');
  if (state === undefined) throw new ProbeParseError(`line ${line}: a port without a state`);
  const mtu = fieldIn(block, 'active_mtu');
  const bytes = /^\d{1,5}/.exec(mtu?.value ?? '')?.[0];
  return {
    line: mtu?.line ?? line,
    port: Number(fieldIn(block, 'port')?.value ?? 0),
    active: state.value.startsWith('PORT_ACTIVE'),
    activeMtuBytes: bytes === undefined ? null : Number(bytes),
    linkLayer: fieldIn(block, 'link_layer')?.value ?? 'unknown',
  };
}

function fieldIn(
  block: ReturnType<typeof requiredLines>,
  name: string,
): { readonly value: string; readonly line: number } | undefined {
  for (const { text, line } of block) {
    const match = /^\s*(\w{1,40}):\s+(\S.{0,100}?)\s*$/.exec(text);
    if (match?.[1] === name) return { value: match[2] ?? '', line };
  }
  return undefined;
}

/** `20.31.1014` as a number that differs where the version does; none where it is no version of three parts. */
function firmwareNumber(firmware: string): readonly number[] {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,5})$/.exec(firmware);
  return match === null ? [] : [Number(match[1]) * 100_000_000 + Number(match[2]) * 100_000 + Number(match[3])];
}

function mostFrequent(values: readonly string[]): string {
  const counts = [...Map.groupBy(values, (value) => value)].map(([value, all]) => ({ value, times: all.length }));
  return counts.toSorted((a, b) => b.times - a.times)[0]?.value ?? '';
}
