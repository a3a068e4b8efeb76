/** Options of one invocation; `--name value`, `--name=value` and the short forms mean the same. */
export interface SmiOptions {
  readonly values: ReadonlyMap<string, string>;
  readonly words: readonly string[];
}

const longNames: Readonly<Record<string, string>> = {
  '-i': '--id',
  '-d': '--display',
  '-q': '--query',
  '-L': '--list-gpus',
  '-lgc': '--lock-gpu-clocks',
  '-rgc': '--reset-gpu-clocks',
  '-pl': '--power-limit',
  '-s': '--status',
  '-m': '--matrix',
  '-e': '--errorcounters',
  '-R': '--remotelinkinfo',
  '-r': '--gpu-reset',
  '-mig': '--multi-instance-gpu',
  '-pm': '--persistence-mode',
  '-c': '--compute-mode',
  '-ac': '--applications-clocks',
  '-rac': '--reset-applications-clocks',
};
const withValue = new Set([
  '--id',
  '--display',
  '--lock-gpu-clocks',
  '--power-limit',
  '--multi-instance-gpu',
  '--persistence-mode',
  '--compute-mode',
  '--applications-clocks',
  '--format',
  '--query-gpu',
  '--query-compute-apps',
  '--query-remapped-rows',
]);
const flags = new Set([
  '--query',
  '--list-gpus',
  '--reset-gpu-clocks',
  '--status',
  '--matrix',
  '--errorcounters',
  '--remotelinkinfo',
  '--gpu-reset',
  '--reset-applications-clocks',
]);

export function parseOptions(args: readonly string[]): SmiOptions | { readonly error: string } {
  const values = new Map<string, string>();
  const words: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (!arg.startsWith('-')) {
      words.push(arg);
      continue;
    }
    const equals = arg.indexOf('=');
    const given = equals < 0 ? arg : arg.slice(0, equals);
    const name = longNames[given] ?? given;
    if (flags.has(name) && equals < 0) values.set(name, '');
    else if (withValue.has(name)) {
      const value = equals < 0 ? args[(at += 1)] : arg.slice(equals + 1);
      if (value === undefined) return { error: `Option "${arg}" requires a value.` };
      values.set(name, value);
    } else return { error: `Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.` };
  }
  return { values, words };
}
