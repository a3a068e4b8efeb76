import { printed, type ProbeCases } from '../probe-case.ts';
import { eightGpus } from './gpu-node.ts';

// Objects and members as DCGM writes them (DcgmiOutput.cpp, Health.cpp of v3.3.5 and v4.6.0; Json::Value::toStyledString).
const healthSource = 'https://github.com/NVIDIA/DCGM/blob/v4.6.0/dcgmi/Health.cpp';
const report = (body: unknown) => printed(`${JSON.stringify({ body, header: ['Health Monitor Report'] }, null, 3)}\n`);
const incident = (entity: number, system: string, health: string, text: string) => ({
  [String(entity)]: {
    children: { Errors: { children: { [system]: { overflow: [text], value: health } } } },
    value: health,
  },
});

export const noEngine = printed(
  'Error: unable to establish a connection to the specified host: localhost\nError: Unable to connect to host engine. Host engine connection invalid/disconnected.\n',
  235,
);

export const gpuDcgmHealthCases: ProbeCases = {
  faulty: [
    {
      name: 'rows that were remapped, and a link that is down',
      source: `${healthSource}; texts: dcgm_errors.h`,
      output: report({
        GPU: {
          children: {
            ...incident(
              3,
              'Memory system',
              'Failure',
              'GPU 3 had uncorrectable memory errors and 2 rows were remapped',
            ),
            ...incident(5, 'NVLINK system', 'Failure', "GPU 5's NvLink link 8 is currently down"),
          },
        },
        'Overall Health': { value: 'Failure' },
      }),
      node: eightGpus,
      means: ['dcgm.memory.remapped gpu 3', 'dcgm.nvlink.faulty gpu 5'],
    },
    {
      name: 'a message that no detector knows',
      source: healthSource,
      output: report({
        GPU: { children: incident(1, 'PCIe system', 'Warning', 'A new message about lanes') },
        'Overall Health': { value: 'Warning' },
      }),
      means: ['dcgm.health.pcie gpu 1'],
    },
    {
      name: 'a switch',
      source: healthSource,
      output: report({
        NvSwitch: { children: incident(0, 'NVLINK system', 'Failure', 'Another new message') },
        'Overall Health': { value: 'Failure' },
      }),
      means: ['dcgm.health.nvlink'],
    },
  ],
  healthy: [
    {
      name: 'all well',
      source: healthSource,
      output: report({ 'Overall Health': { value: 'Healthy' } }),
      means: ['dcgm.health.healthy'],
    },
    {
      name: 'nobody has switched the checks on',
      source: healthSource,
      output: printed('Error: Health watches not enabled. Please enable watches. \n', 255),
      means: ['dcgm.health.not-watched'],
    },
    {
      name: 'no host engine',
      source: 'https://github.com/NVIDIA/DCGM/blob/v4.6.0/dcgmi/Command.cpp',
      output: noEngine,
      means: ['dcgm.health.not-watched'],
    },
  ],
  garbage: [
    printed('', 127, 'bash: line 1: dcgmi: command not found'),
    printed('{"body": {'),
    printed('{"body": {"Overall Health": {"value": "Splendid"}}}\n'),
    printed('{"header": []}\n'),
    printed('Welcome to node-01\n'),
    printed('{}', null),
  ],
};

const tests3 = (results: Readonly<Record<string, unknown>>) =>
  printed(
    JSON.stringify(
      {
        'DCGM GPU Diagnostic': {
          test_categories: [
            {
              category: 'Deployment',
              tests: [
                'Denylist',
                'NVML Library',
                'CUDA Main Library',
                'Permissions and OS Blocks',
                'Persistence Mode',
                'Environment Variables',
                'Page Retirement/Row Remap',
                'Graphics Processes',
                'Inforom',
              ].map((name) => ({ name, results: [results[name] ?? { status: 'Pass' }] })),
            },
          ],
          version: '3.3.5',
        },
      },
      null,
      '\t',
    ),
  );
const tests4 = (bad: number | null, warning: unknown) =>
  printed(
    JSON.stringify(
      {
        'DCGM Diagnostic': {
          test_categories: [
            {
              category: 'Deployment',
              tests: [
                {
                  name: 'software',
                  results: Array.from({ length: 8 }, (_one, gpu) => ({
                    entity_group: 'GPU',
                    entity_group_id: 1,
                    entity_id: gpu,
                    status: gpu === bad ? 'Fail' : 'Pass',
                    ...(gpu === bad ? { warnings: [warning] } : {}),
                  })),
                  test_summary: { status: bad === null ? 'Pass' : 'Fail' },
                },
              ],
            },
          ],
        },
        entity_groups: [{ entities: [], entity_group: 'GPU', entity_group_id: 1 }],
        metadata: { 'Driver Version Detected': '550.90.07', version: '4.2.3' },
      },
      null,
      3,
    ),
  );

export const diag3 =
  'https://github.com/NVIDIA/DCGM/issues/139 (DCGM 3); https://github.com/facebookresearch/gcm (test_check_dcgmi.py)';
export const diag4 =
  'https://github.com/facebookresearch/gcm/pull/38 (DCGM 4); https://github.com/NVIDIA/DCGM/blob/v4.6.0/dcgmi/Diag.cpp';

export const gpuDcgmDiagCases: ProbeCases = {
  faulty: [
    {
      name: 'DCGM 3: remapping waits',
      source: diag3,
      output: tests3({
        'Page Retirement/Row Remap': {
          gpu_id: 2,
          status: 'Fail',
          warnings: [
            {
              error_category: 3,
              error_id: 83,
              error_severity: 4,
              warnings: 'GPU 2 had memory errors and row remappings are pending',
            },
          ],
        },
      }),
      node: eightGpus,
      means: ['dcgm.memory.remapped gpu 2'],
    },
    {
      name: 'DCGM 3: a library that can not be loaded, of no GPU',
      source: diag3,
      output: tests3({ 'CUDA Main Library': { status: 'Fail' } }),
      means: ['dcgm.health.driver'],
    },
    {
      name: 'DCGM 4: a GPU that needs a reset',
      source: diag4,
      output: tests4(6, { error_category: 0, error_id: 125, error_severity: 4, warning: 'A text that nobody knows' }),
      means: ['dcgm.health.driver gpu 6'],
    },
  ],
  healthy: [
    { name: 'DCGM 3', source: diag3, output: tests3({}), means: ['dcgm.diag.passed'] },
    { name: 'DCGM 4', source: diag4, output: tests4(null, null), means: ['dcgm.diag.passed'] },
    {
      name: 'a line before the report, an empty place in it and a result for all',
      source: 'https://github.com/NVIDIA/DCGM (DcgmDiagResponseTests: "Deserialize real output")',
      output: printed(
        '\tWARNING: THIS SHOULD NOT HAPPEN\n{"DCGM GPU Diagnostic": {"test_categories": [{"category": "Deployment", "tests": [{"name": "Denylist", "results": [{"gpu_ids": "0,1,2,3,4,5,6,7", "status": "PASS"}]}, null]}]}}\n',
      ),
      means: ['dcgm.diag.passed'],
    },
    {
      name: 'persistence mode is a setting',
      source: 'DCGM 4 with error_id 29 and severity 5 for every GPU without persistence mode',
      output: tests4(0, {
        error_category: 8,
        error_id: 29,
        error_severity: 5,
        warning: 'Persistence Mode: Persistence mode for GPU 0 is disabled.',
      }),
      means: ['dcgm.diag.setting gpu 0', 'dcgm.diag.passed'],
    },
    {
      name: 'a test that was skipped is not cleared',
      source: diag3,
      output: tests3({ Inforom: { status: 'Skip' } }),
      means: ['dcgm.diag.skipped-some', 'dcgm.diag.passed'],
    },
    {
      name: 'a diagnostic that could not run',
      source: 'https://github.com/NVIDIA/DCGM/blob/v4.6.0/dcgmi/Diag.cpp (HelperDisplayFailureMessage)',
      output: printed(
        '{\n   "DCGM Diagnostic" : {\n      "runtime_error" : "Error when executing the diagnostic: The NVVS binary was not found",\n      "version" : "4.2.3"\n   }\n}\n\n',
        226,
      ),
      means: ['dcgm.diag.not-run'],
    },
    { name: 'no host engine', source: diag4, output: noEngine, means: ['dcgm.diag.not-run'] },
  ],
  garbage: [
    printed('', 127, 'bash: line 1: dcgmi: command not found'),
    printed('{"DCGM Diagnostic": {"test_categories": []}}\n'),
    printed(
      '{"DCGM Diagnostic": {"test_categories": [{"category": "x", "tests": [{"name": "y", "results": [{"status": "Perhaps"}]}]}]}}\n',
    ),
    printed(tests3({}).stdout.slice(0, -20)),
    printed('Welcome to node-01\n'),
  ],
};

type Row = readonly [
  sm: number,
  memoryTemp: number,
  temp: number,
  power: number,
  util: number,
  smActive: number | null,
  tensor: number | null,
  dram: number | null,
];
const ratio = (value: number | null) => (value === null ? 'N/A' : value.toFixed(3));

/** `dcgmi dmon` of DCGM 4: columns as wide as the field plus six plus two. */
const dmon = (row: (gpu: number, second: number) => Row, id = 'ID') => {
  const head =
    '#Entity         SMCLK        MMTMP             TMPTR        POWER             GPUTL             SMACT        TENSO        DRAMA        \n';
  const units = `${id}                                C                 C            W                                                                    \n`;
  const line = (gpu: number, second: number) => {
    const [sm, memoryTemp, temp, power, util, smActive, tensor, dram] = row(gpu, second);
    const cells = [
      `${sm}`.padEnd(13),
      `${memoryTemp}`.padEnd(18),
      `${temp}`.padEnd(13),
      power.toFixed(3).padEnd(18),
      `${util}`.padEnd(18),
      ratio(smActive).padEnd(13),
      ratio(tensor).padEnd(13),
      ratio(dram).padEnd(13),
    ];
    return `${`GPU ${gpu}`.padEnd(16)}${cells.join('')}\n`;
  };
  return printed(
    head +
      units +
      Array.from({ length: 5 }, (_one, second) =>
        Array.from({ length: 8 }, (_two, gpu) => line(gpu, second)).join(''),
      ).join(''),
  );
};
const working: Row = [1410, 61, 53, 338.4, 100, 0.93, 0.41, 0.38];
const waiting: Row = [1410, 52, 44, 121.8, 100, 0.14, 0, 0.02];
const resting: Row = [210, 44, 33, 62.1, 0, 0, 0, 0];
const among = (gpu: number, at: number, special: Row, usual: Row) => (gpu === at ? special : usual);
const dmonSource =
  'https://github.com/NVIDIA/DCGM/blob/v4.6.0/dcgmi/DeviceMonitor.cpp; short names: dcgmlib/src/dcgm_fields.cpp; columns as in https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/feature-overview.html';

export const gpuFieldsOverTimeCases: ProbeCases = {
  faulty: [
    {
      name: 'a clock that falls with the heat',
      source: dmonSource,
      output: dmon((gpu, second) =>
        among(gpu, 2, [[1410, 1410, 1005, 705, 345][second] ?? 345, 92, 88, 250, 100, 0.9, 0.3, 0.3], working),
      ),
      node: eightGpus,
      means: ['gpu.series.clock-falls-hot gpu 2'],
    },
    {
      name: 'a clock that comes and goes',
      source: dmonSource,
      output: dmon((gpu, second) =>
        among(gpu, 6, [second % 2 === 0 ? 1410 : 900, 60, 52, 300, 100, 0.9, 0.3, 0.3], working),
      ),
      means: ['gpu.series.clock-unsteady gpu 6'],
    },
    {
      name: 'one works, the others wait for it',
      source: dmonSource,
      output: dmon((gpu) => among(gpu, 4, [900, 60, 52, 240, 100, 0.95, 0.4, 0.4], waiting)),
      node: eightGpus,
      means: ['gpu.series.works-while-siblings-wait gpu 4'],
    },
    {
      name: 'one rests, the others are busy',
      source: dmonSource,
      output: dmon((gpu) => among(gpu, 0, resting, waiting)),
      means: ['gpu.series.idle-while-siblings-busy gpu 0'],
    },
  ],
  healthy: [
    { name: 'all at work', source: dmonSource, output: dmon(() => working), means: ['gpu.series.steady'] },
    { name: 'all at rest', source: dmonSource, output: dmon(() => resting), means: ['gpu.series.steady'] },
    {
      name: 'all wait for another node',
      source: dmonSource,
      output: dmon(() => waiting),
      means: ['gpu.series.all-wait', 'gpu.series.steady'],
    },
    {
      name: 'a board without profiling, in the form of DCGM 2',
      source: dmonSource,
      output: dmon(() => [1410, 61, 53, 338.4, 100, null, null, null], 'Id'),
      means: ['gpu.series.steady'],
    },
    {
      name: 'clocks that the power limit moves a little',
      source: dmonSource,
      output: dmon((_gpu, second) => [1410 - 15 * second, 61, 53, 399, 100, 0.93, 0.41, 0.38]),
      means: ['gpu.series.steady'],
    },
  ],
  garbage: [
    printed('', 127, 'bash: line 1: dcgmi: command not found'),
    noEngine,
    printed('Welcome to node-01\n'),
    printed(
      dmon(() => working)
        .stdout.split('\n')
        .slice(0, 20)
        .join('\n'),
    ),
    printed(dmon(() => working).stdout.replace('1410', 'fast')),
    printed(dmon(() => working).stdout.replace('SMCLK', 'MMCLK')),
  ],
};
