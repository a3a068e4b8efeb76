import type { z } from 'zod';
import { dcgm } from '../detectors/dcgm.ts';
import { excerpt } from '../logs/excerpt.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbedNode, ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { kindOfMessage } from './dcgm-output.ts';
import { parseDiagReport, parseMeasuredDiag, type DiagReport, type DiagResult } from './dcgm-report.ts';
import { kindOfSystem, systemKinds } from './dcgm-systems.ts';
import { deviceBusy } from './measure-probe.ts';
import { gpuDevice } from './nvidia-smi.ts';

const source = 'https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/dcgm-diagnostics.html';

const setting: FindingKind = {
  id: 'dcgm.diag.setting',
  summary: 'DCGM’s diagnostic objects to a setting of the node, which is no defect of a GPU',
  role: 'context',
  weighs: { 'container-toolkit-misconfig': 0.2 },
  source,
};
const notRun: FindingKind = {
  id: 'dcgm.diag.not-run',
  summary: 'DCGM’s diagnostic could not run, or skipped every test',
  role: 'context',
  weighs: {},
  source,
};
const skippedSome: FindingKind = {
  id: 'dcgm.diag.skipped-some',
  summary: 'DCGM’s diagnostic skipped tests, so that their parts are not cleared',
  role: 'context',
  weighs: {},
  source,
};
export const passedLightly: FindingKind = {
  id: 'dcgm.diag.passed',
  summary: 'every test of DCGM’s diagnostic that ran has passed',
  role: 'clean',
  // It clears libraries and settings; of the boards it reads little more than their remapped rows.
  weighs: {
    'gpu-ecc-uncorrectable': -0.5,
    'driver-version-mismatch': -0.7,
    'nvlink-fabric-error': -0.1,
    'gpu-clock-throttle': -0.05,
    'host-hardware-fault': -0.1,
    'gpu-fell-off-bus': -0.1,
    'gpu-driver-bug': -0.1,
    'rdma-link-fault': -0.05,
    'facility-fault': -0.1,
  },
  source,
};

export const passedUnderLoad: FindingKind = {
  id: 'dcgm.stress.passed',
  summary: 'every test of DCGM’s diagnostic that ran, memory and bandwidth among them, has passed',
  role: 'clean',
  weighs: {
    'gpu-ecc-uncorrectable': -1.5,
    'driver-version-mismatch': -0.7,
    'nvlink-fabric-error': -0.7,
    'gpu-clock-throttle': -0.4,
    'host-hardware-fault': -0.4,
    'gpu-fell-off-bus': -0.4,
    'gpu-driver-bug': -0.2,
    'rdma-link-fault': -0.05,
    'facility-fault': -0.1,
  },
  source,
};

/** DCGM's diagnostic at one of its levels; one that loads GPUs has the node to itself, as every measurement. */
export function dcgmDiagProbe<Args extends { readonly level: number }>(spec: {
  readonly id: string;
  readonly summary: string;
  readonly question: string;
  readonly impact: Probe['impact'];
  readonly costMs: number;
  readonly timeoutMs: number;
  readonly args: z.ZodType<Args>;
  readonly clean: FindingKind;
}): Probe<Args, DiagReport> {
  const measures = spec.impact === 'load';
  const own = [setting, notRun, skippedSome, spec.clean, ...(measures ? [deviceBusy] : [])];
  const kinds = [...new Set([...systemKinds, ...own, ...dcgm.kinds])];
  return {
    id: spec.id,
    platform: 'nvidia-linux',
    summary: spec.summary,
    question: spec.question,
    aspect: 'correctness',
    side: 'supply',
    privilege: measures ? 'root' : 'user',
    impact: spec.impact,
    costMs: spec.costMs,
    timeoutMs: spec.timeoutMs,
    outputBytesMax: 262_144,
    args: spec.args,
    argv: ({ level }) =>
      measures ? ['sudo', '-n', 'wardround-measure', 'dcgm'] : ['dcgmi', 'diag', '-r', String(level), '-j'],
    parse: measures ? parseMeasuredDiag : parseDiagReport,
    outcomes: kinds,
    meaning({ results, said, busy }, node) {
      if (busy !== undefined) return [{ kind: deviceBusy.id, text: `not measured: ${busy}` }];
      if (said !== null) return [{ kind: notRun.id, text: excerpt(`DCGM: ${said}`) }];
      if (results.every(({ status }) => status === 'skip'))
        return [{ kind: notRun.id, text: `all ${results.length} tests were skipped` }];
      const bad = results.filter(({ status }) => status === 'fail' || status === 'warn').map((one) => judge(one, node));
      const skipped = [...new Set(results.filter(({ status }) => status === 'skip').map(({ test }) => test))];
      const cleared =
        skipped.length === 0 ? [] : [{ kind: skippedSome.id, text: excerpt(`skipped: ${skipped.join(', ')}`) }];
      return orClean([...bad, ...cleared], kinds, {
        kind: spec.clean.id,
        text: `no test failed; ${results.length} results, ${skipped.length} tests skipped`,
      });
    },
  };
}

/** DCGM_ERROR_CONFIG: "a setting should be changed". https://github.com/NVIDIA/DCGM/blob/master/dcgmlib/dcgm_errors.h */
const settingSeverity = 5;

function judge({ test, gpu, status, warnings }: DiagResult, node: ProbedNode | undefined): ProbeFinding {
  const text = warnings.map((warning) => warning.text).join(' ');
  const isSetting =
    warnings.length > 0
      ? warnings.every(({ severity }) => severity === settingSeverity)
      : /^(Persistence Mode|Environment Variables|Graphics Processes)$/i.test(test);
  const known = node?.gpus.find(({ index }) => index === gpu);
  const device =
    gpu === null ? {} : { device: known === undefined ? { kind: 'gpu' as const, index: gpu } : gpuDevice(known) };
  return {
    kind: isSetting ? setting.id : (kindOfMessage(text) ?? kindOfSystem(test).id),
    ...device,
    text: excerpt(`DCGM, ${test}: ${status}${text === '' ? '' : `: ${text}`}`),
    values: { test, status },
  };
}
