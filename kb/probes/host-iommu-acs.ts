import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { requireTool, ToolMissingError } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

const source =
  'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#pci-access-control-services-acs';

const redirects: FindingKind = {
  id: 'host.acs.redirects',
  summary: 'PCI bridges send transfers between devices up to the root complex (ACS)',
  role: 'cause',
  // Redirected transfers are what the category is: one in forty hosts with sound transfers between GPUs has them as well.
  weighs: { 'acs-iommu-p2p-broken': 3.6 },
  source,
};
const validates: FindingKind = {
  id: 'host.acs.validates',
  summary: 'PCI bridges check the sources of transfers (ACS) and let them go directly',
  role: 'context',
  weighs: { 'acs-iommu-p2p-broken': 0.4 },
  source,
};
const noBridges: FindingKind = {
  id: 'host.acs.no-bridges',
  summary: 'the host shows no PCI bridge, as virtual machines do',
  role: 'context',
  weighs: {},
  source,
};
const off: FindingKind = {
  id: 'host.acs.off',
  summary: 'no PCI bridge redirects transfers between devices',
  role: 'clean',
  weighs: { 'acs-iommu-p2p-broken': -2.2 },
  source,
};
const unlike = unlikeSiblings('host.acs', 'the number of PCI bridges that redirect transfers', {
  'acs-iommu-p2p-broken': 1.5,
});
const kinds = [redirects, validates, noBridges, off, unlike];

interface Bridge {
  readonly address: string;
  readonly redirects: boolean;
  readonly validates: boolean;
  readonly line: number;
}
interface Reading {
  readonly bridges: number;
  /** Those with the capability whose control bits are on. */
  readonly controlled: readonly Bridge[];
}

const controlledKeptMax = 256;

/** Access control services of the PCI bridges: they break, or slow, transfers between GPUs and to network adapters. */
export const hostIommuAcs: Probe<NoArgs, Reading> = {
  ...hostRead,
  privilege: 'root',
  id: 'host.iommu-acs',
  summary: 'PCI bridges that redirect transfers between devices (ACS)',
  question: 'Do PCI bridges send transfers between GPUs and network adapters a long way round?',
  aspect: 'performance',
  costMs: 400,
  outputBytesMax: 4 * 1024 * 1024,
  argv: () => ['sudo', '-n', 'lspci', '-vvv', '-d', '::0604'],
  parse(output) {
    requireTool(output, 'lspci');
    const lines = numberedLines(output);
    if (output.exitCode !== 0)
      throw new ProbeParseError(
        `lspci ended with ${output.exitCode ?? 'no exit code'}: "${output.stderr.trim().slice(0, 120)}"`,
      );
    let address = '';
    let bridges = 0;
    const controlled: Bridge[] = [];
    for (const { text, line } of lines) {
      const head = /^((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) /.exec(text);
      if (head !== null) {
        address = head[1] ?? '';
        bridges += 1;
      } else if (!/^\s/.test(text) || address === '')
        throw new ProbeParseError(`line ${line}: not a line of lspci -vvv`);
      else if (text.includes('<access denied>'))
        throw new ToolMissingError('lspci may not read capabilities on the node: it did not run as root');
      const control = /^\s+ACSCtl:\s+SrcValid([+-]) TransBlk[+-] ReqRedir([+-]) CmpltRedir([+-]) /.exec(text);
      if (control === null || !control.slice(1).includes('+')) continue;
      const redirected = control[2] === '+' || control[3] === '+';
      controlled.push({ address, redirects: redirected, validates: control[1] === '+', line });
    }
    return { bridges, controlled: controlled.slice(0, controlledKeptMax) };
  },
  outcomes: kinds,
  meaning({ bridges, controlled }) {
    if (bridges === 0) return [{ kind: noBridges.id, text: 'lspci lists no PCI bridge' }];
    const redirecting = controlled.filter((bridge) => bridge.redirects);
    const [first] = redirecting;
    if (first !== undefined)
      return [
        {
          kind: redirects.id,
          text: `${redirecting.length} of ${bridges} PCI bridges redirect transfers, the first is ${first.address}`,
          line: first.line,
          values: { bridges, redirecting: redirecting.length },
        },
      ];
    const [validating] = controlled;
    return orClean(
      validating === undefined
        ? []
        : [
            {
              kind: validates.id,
              text: `${controlled.length} of ${bridges} PCI bridges check sources`,
              line: validating.line,
            },
          ],
      kinds,
      { kind: off.id, text: `none of ${bridges} PCI bridges redirects transfers`, values: { bridges } },
    );
  },
  siblings: {
    kind: unlike,
    numbers: ({ controlled }) => [
      { name: 'redirecting', value: controlled.filter((bridge) => bridge.redirects).length, unit: 'bridges' },
    ],
    rules: [{ name: 'redirecting', side: 'high', relative: 0, absolute: 0, source: unlike.source }],
  },
};
