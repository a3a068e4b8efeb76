import { spawn } from 'node:child_process';
import type { Environment } from '../../../config.ts';

/** How Drain3 is set up; see `script`. */
export const drainSetups = {
  default: 'default configuration, whole lines',
  undated: 'default configuration, the time in front of each line cut off',
  masked: 'with masks for addresses, hexadecimal and numbers, whole lines',
} as const;
export type DrainSetup = keyof typeof drainSetups;

/** What Drain3 did with a sample of the same lines, drawn evenly from all files. */
export interface DrainRate {
  readonly setup: DrainSetup;
  /** Wall time inside of its own calls; reading and decoding are not counted. */
  readonly seconds: number;
  /** Processor time of the same calls: what others do on the machine does not lengthen it. */
  readonly cpuSeconds: number;
  readonly lines: number;
  readonly bytes: number;
  readonly mbPerS: number;
  readonly clusters: number;
  readonly version: string;
}

export const drainAdvice =
  'Drain3 is not installed: `python3 -m venv v && v/bin/pip install drain3==0.9.11`, then --python v/bin/python';

/** `null` where that Python or its drain3 is missing. */
export function measureDrain(
  python: string,
  setup: DrainSetup,
  files: readonly string[],
  { seconds, env, signal }: { readonly seconds: number; readonly env: Environment; readonly signal: AbortSignal },
): Promise<DrainRate | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-c', script, setup, String(seconds)], {
      env,
      signal,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stdin.on('error', () => {}); // it has ended already, which its exit code tells
    child.once('error', (error) => ('code' in error && error.code === 'ENOENT' ? resolve(null) : reject(error)));
    child.once('close', (code) => {
      if (code === missingCode) return resolve(null);
      if (code !== 0) return reject(new Error(`Drain3 with ${setup} ended with ${code}`));
      // Our own script's output.
      resolve({ setup, ...(JSON.parse(stdout) as Omit<DrainRate, 'setup'>) });
    });
    // Thousands of names do not fit on a command line.
    child.stdin.end(files.join('\n'));
  });
}

const missingCode = 47;

/** Pieces of all files in a random order until the time is over, so that a sample stands for the whole. */
const script = `
import json, os, random, re, sys, time
try:
    from importlib.metadata import version
    from drain3 import TemplateMiner
    from drain3.masking import MaskingInstruction
    from drain3.template_miner_config import TemplateMinerConfig
except ImportError:
    sys.exit(${missingCode})
setup, wanted = sys.argv[1], float(sys.argv[2])
config = TemplateMinerConfig()
if setup == 'masked':
    config.masking_instructions = [MaskingInstruction(pattern, name) for name, pattern in [
        ('MAC', r'\\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\\b'),
        ('IP', r'\\b\\d{1,3}(?:\\.\\d{1,3}){3}\\b'),
        ('HEX', r'\\b0x[0-9a-fA-F]+\\b'),
        ('NUM', r'(?<![A-Za-z0-9])[-+]?\\d+(?![A-Za-z0-9])'),
    ]]
miner = TemplateMiner(config=config)
dated = re.compile(r'^(?:\\s*\\d+: )?\\s*\\[?(?:\\d{4}-\\d\\d-\\d\\d[T ][\\d:.,]+Z?|[A-Z][a-z]{2} [ \\d]\\d [\\d:]+)\\]? ?')
pieceBytes = 262144
random.seed(7)
pieces = [(name, at) for name in sys.stdin.read().split('\\n') for at in range(0, os.path.getsize(name), pieceBytes)]
random.shuffle(pieces)
seconds, cpu, lines, size = 0.0, 0.0, 0, 0
for name, at in pieces:
    with open(name, 'rb') as file:
        file.seek(at)
        # The first and the last line of a piece are cut.
        piece = file.read(pieceBytes).decode('utf-8', 'replace').split('\\n')[1:-1]
    size += sum(len(line.encode()) + 1 for line in piece)
    lines += len(piece)
    told = [dated.sub('', line) for line in piece] if setup == 'undated' else piece
    started, busy = time.perf_counter(), time.process_time()
    for line in told:
        miner.add_log_message(line.rstrip())
    seconds += time.perf_counter() - started
    cpu += time.process_time() - busy
    if seconds >= wanted:
        break
print(json.dumps({'seconds': round(seconds, 2), 'cpuSeconds': round(cpu, 2), 'lines': lines, 'bytes': size, 'mbPerS': round(size / 1e6 / max(seconds, 1e-9), 2), 'clusters': len(miner.drain.clusters), 'version': version('drain3')}))
`;
