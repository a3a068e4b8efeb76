import type { ProbeOutput } from '../../../../kb/schemas/probe.ts';
import { printed, type ProbeCases } from '../probe-case.ts';
import { diag3, diag4, noEngine } from './gpu-dcgm.ts';
import { eightGpus } from './gpu-node.ts';

const integration = (status: string, warnings: readonly unknown[] = []) =>
  printed(
    JSON.stringify({
      'DCGM GPU Diagnostic': {
        test_categories: [
          {
            category: 'Integration',
            tests: [
              {
                name: 'PCIe',
                results: [
                  { gpu_id: '0', status: 'Pass' },
                  { gpu_id: '1', status, ...(warnings.length === 0 ? {} : { warnings }) },
                ],
              },
            ],
          },
          { category: 'Hardware', tests: [{ name: 'GPU Memory', results: [{ gpu_id: '0', status: 'Pass' }] }] },
        ],
      },
    }),
  );

/** As infra/gate/wardround-measure.sh hands it on. */
const measured = ({ stdout }: ProbeOutput, exit = 0) =>
  printed(`== measure dcgm tool=dcgmi device=gpus\n${stdout}\n== end exit=${exit} seconds=84\n`, exit);

export const gpuDcgmStressCases: ProbeCases = {
  faulty: [
    {
      name: 'a slow way to the host',
      source: diag3,
      output: measured(
        integration('Fail', [
          { error_category: 9, error_id: 30, error_severity: 3, warning: 'A text about bandwidth that nobody knows' },
        ]),
        226,
      ),
      node: eightGpus,
      means: ['dcgm.health.pcie gpu 1'],
    },
  ],
  healthy: [
    { name: 'all passed', source: diag3, output: measured(integration('Pass')), means: ['dcgm.stress.passed'] },
    {
      name: 'no host engine',
      source: diag4,
      output: measured(noEngine, 235),
      means: ['dcgm.diag.not-run'],
    },
    {
      name: 'a node at work',
      source: 'infra/gate/wardround-measure.sh',
      output: printed('', 75, 'wardround-measure: busy: GPU 3 is used by 1 process\n'),
      means: ['measure.device.busy'],
    },
  ],
  garbage: [
    printed('', 127, 'bash: line 1: wardround-measure: command not found'),
    printed('', 69, 'wardround-measure: missing: dcgmi is not installed\n'),
    printed('', null),
    integration('Pass'),
    measured(printed('{"a": 1}')),
    measured(printed('half a rep'), 124),
  ],
};
