import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://docs.kernel.org/admin-guide/kernel-parameters.html';

const translates: FindingKind = {
  id: 'kernel.cmdline.iommu-translates',
  summary: 'the kernel was booted with an IOMMU that translates every transfer',
  role: 'cause',
  weighs: { 'acs-iommu-p2p-broken': 3 },
  source:
    'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#pci-access-control-services-acs',
};
const limited: FindingKind = {
  id: 'kernel.cmdline.limited',
  summary: 'the kernel was booted with fewer CPUs or less memory than the host has',
  role: 'symptom',
  weighs: { 'cpu-affinity-misconfig': 0.7, 'host-oom': 0.5, 'dataloader-stall': 0.5 },
  source,
};
const plain: FindingKind = {
  id: 'kernel.cmdline.plain',
  summary: 'the kernel was booted without parameters that slow transfers or hide CPUs and memory',
  role: 'clean',
  weighs: { 'acs-iommu-p2p-broken': -0.5, 'cpu-affinity-misconfig': -0.1 },
  source,
};
const unlike = unlikeSiblings('kernel.cmdline', 'a boot parameter of the kernel', {
  'acs-iommu-p2p-broken': 0.7,
  'cpu-affinity-misconfig': 0.5,
  'host-oom': 0.3,
});
const kinds = [translates, limited, plain, unlike];

interface Reading {
  /** Only those that are judged: a command line may hold addresses and secrets. */
  readonly parameters: readonly string[];
}

const judgedPattern =
  /^(?:(?:intel_|amd_)?iommu|iommu\.passthrough|maxcpus|nr_cpus|mem|isolcpus|nosmt|numa|pci|pcie_aspm|mitigations|hugepages|transparent_hugepage)(?:=[A-Za-z0-9_,.:-]{0,64})?$/;

/** What the kernel was booted with. */
export const kernelCmdline: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'kernel.cmdline',
  summary: 'boot parameters of the kernel that concern transfers between devices, CPUs and memory',
  question: 'Was the kernel booted with parameters that break transfers between devices or hide CPUs or memory?',
  aspect: 'correctness',
  costMs: 40,
  outputBytesMax: 8_192,
  argv: () => ['cat', '/proc/cmdline'],
  parse(output) {
    const [only, ...more] = requiredLines(output, 'cat');
    const words = (only?.text ?? '').trim().split(/\s+/);
    // Every boot loader passes at least a root, a console or an image as name=value.
    if (more.length > 0 || !words.some((word) => /^[A-Za-z0-9_.-]+=/.test(word)))
      throw new ProbeParseError('not one line of boot parameters');
    return { parameters: words.filter((word) => judgedPattern.test(word)) };
  },
  outcomes: kinds,
  meaning({ parameters }) {
    const seen: ProbeFinding[] = [];
    const on = parameters.filter((one) => /^(?:(?:intel|amd)_iommu=on\b|iommu=(?:force|nopt|strict)\b)/.test(one));
    const through = parameters.some((one) => /^(?:iommu=.*\bpt\b|iommu\.passthrough=1)/.test(one));
    if (on.length > 0 && !through)
      seen.push({
        kind: translates.id,
        text: `${on.join(' ')} without iommu=pt`,
        line: 1,
        values: { iommu: on.join(' ') },
      });
    const less = parameters.filter((one) => /^(?:maxcpus|nr_cpus|mem|isolcpus)=/.test(one));
    if (less.length > 0)
      seen.push({ kind: limited.id, text: less.join(' '), line: 1, values: { parameters: less.join(' ') } });
    return orClean(seen, kinds, {
      kind: plain.id,
      text: parameters.length === 0 ? 'none of the parameters that are judged' : parameters.join(' ').slice(0, 200),
      line: 1,
    });
  },
  siblings: {
    kind: unlike,
    numbers: () => [],
    rules: [],
    words: ({ parameters }) =>
      parameters.map((parameter) => {
        const [name = '', ...value] = parameter.split('=');
        return { name, value: value.join('='), line: 1 };
      }),
  },
};
