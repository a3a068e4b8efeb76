import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { baseEnvironment } from '../../../../../infra/stack/base-environment.ts';
import type { Environment } from '../../../../config.ts';
import { CommandFailure } from '../../../output.ts';
import type { CalculonInput } from './convert.ts';

export type CalculonAnswer =
  | { readonly id: string; readonly seconds: number }
  /** In its own words. */
  | { readonly id: string; readonly error: string };

const answerSchema = z.object({
  id: z.string(),
  stats: z.looseObject({ total_time: z.number().positive() }).optional(),
  error: z.string().optional(),
});

const msMax = 15 * 60_000;
const outputBytesMax = 256 * 2 ** 20;

/**
 * Runs a checkout of Calculon as a process of its own over all inputs. What went in and what came out, whole, stay
 * beside each other in `rawFile`.
 */
export async function runCalculon(
  inputs: readonly { readonly id: string; readonly input: CalculonInput }[],
  options: {
    readonly checkout: string;
    readonly python: string;
    readonly rawFile: string;
    readonly env: Environment;
    readonly stop: AbortSignal;
  },
): Promise<readonly CalculonAnswer[]> {
  const { checkout, python, rawFile, env, stop } = options;
  if (!existsSync(path.join(checkout, 'calculon', 'llm', 'llm.py')))
    throw new CommandFailure(
      `${checkout}: no checkout of Calculon`,
      'git clone https://github.com/calculon-ai/calculon, then --calculon calculon',
    );
  const lines = inputs.map((one) => JSON.stringify(one)).join('\n');
  writeFileSync(`${rawFile}.in.jsonl`, lines);
  const stdout = await driven(python, checkout, lines, env, stop);
  writeFileSync(`${rawFile}.out.jsonl`, stdout);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { id, stats, error } = answerSchema.parse(JSON.parse(line));
      return stats === undefined ? { id, error: error ?? 'no answer' } : { id, seconds: stats.total_time };
    });
}

function driven(python: string, checkout: string, input: string, env: Environment, stop: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-c', script, path.resolve(checkout)], {
      env: { ...baseEnvironment(env), PYTHONDONTWRITEBYTECODE: '1' },
      signal: AbortSignal.any([stop, AbortSignal.timeout(msMax)]),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.length > outputBytesMax) child.kill();
    });
    child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-2_000)));
    child.stdin.on('error', () => {}); // it has ended already, which its exit code tells
    child.once('error', (error) =>
      reject(
        'code' in error && error.code === 'ENOENT' ? new CommandFailure(`${python}: no such Python`, advice) : error,
      ),
    );
    child.once('close', (code) => {
      if (code === 0) resolve(stdout);
      else if (code === missingCode) reject(new CommandFailure(`Calculon lacks a package: ${stderr.trim()}`, advice));
      else reject(new Error(`Calculon ended with ${code}: ${stderr.trim()}`));
    });
    child.stdin.end(input);
  });
}

const advice = '`python3 -m venv v && v/bin/pip install pandas psutil`, then --python v/bin/python';
const missingCode = 47;

/** One JSON object a line in and out, so that a thousand runs cost one start of Python. */
const script = `
import json, logging, os, sys
sys.path.insert(0, sys.argv[1])
try:
    import calculon
    from calculon.llm import Llm
    from calculon import System
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(${missingCode})
logger = logging.getLogger()
for line in sys.stdin:
    one = json.loads(line)
    given = one['input']
    try:
        with open(os.path.join(sys.argv[1], 'systems', given['system'])) as file:
            system = json.load(file)
        if given['betweenNodesGBps'] is not None:
            system['networks'][1]['bandwidth'] = given['betweenNodesGBps']
        chosen = System(system)
        model = Llm(Llm.Application(given['application']), logger)
        model.compile(chosen, Llm.Execution.from_json(given['execution']))
        model.run(chosen)
        print(json.dumps({'id': one['id'], 'stats': model.get_stats_json(False)}, default=float), flush=True)
    except (Llm.Error, AssertionError) as error:
        print(json.dumps({'id': one['id'], 'error': (type(error).__name__ + ': ' + str(error))[:300]}), flush=True)
`;
