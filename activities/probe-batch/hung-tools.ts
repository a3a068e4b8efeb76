import { LateError, PortError, type ProbeAnswer } from '../ports.ts';

/**
 * Commands of one tool that did not come back within their deadlines, after which the tool is not asked again on that
 * host: a driver that hangs, hangs every command that asks it, and each of them holds a session until its deadline.
 */
const lateMax = 2;

/** The tools that hang, of all hosts of one batch. */
export class HungTools {
  readonly #late = new Map<string, number>();

  /** Why this command need not be tried; null where it may be. */
  reason(host: string, argv: readonly string[]): string | null {
    const what = whatHangs(argv);
    return (this.#late.get(`${host} ${what}`) ?? 0) >= lateMax
      ? `${host}: ${what} did not come back from ${lateMax} commands; it is not asked again in this batch`
      : null;
  }

  /**
   * Sends the command, or refuses that. Called when its turn has come and not when it begins to wait: of those that wait
   * together, the first ones to be late speak for the others.
   */
  async send(host: string, argv: readonly string[], now: () => Promise<ProbeAnswer>): Promise<ProbeAnswer> {
    const why = this.reason(host, argv);
    if (why !== null) throw new PortError('refused', why);
    try {
      const answer = await now();
      if (answer.cut === 'deadline') this.#isLate(host, argv);
      return answer;
    } catch (error) {
      if (error instanceof LateError) this.#isLate(host, argv);
      throw error;
    }
  }

  #isLate(host: string, argv: readonly string[]): void {
    const what = `${host} ${whatHangs(argv)}`;
    this.#late.set(what, (this.#late.get(what) ?? 0) + 1);
  }
}

/** Tools that read whatever they are pointed at: it is a file or its file system that hangs, never the tool. */
const readersOfAnything: ReadonlySet<string> = new Set(['cat', 'grep', 'ls', 'stat', 'tail', 'head', 'sh']);

/** Tools that ask another machine: it is that machine which does not answer. */
const askersOfOthers: ReadonlySet<string> = new Set(['curl', 'ipmitool', 'nc', 'ping']);

/** A tool that asks a driver or a service, by its name; of a tool that asks anything, what it was asked about as well. */
export function whatHangs(argv: readonly string[]): string {
  const [tool = '', ...words] = withoutWrappers(argv);
  if (tool.startsWith('wardround-')) return [tool, ...words.slice(0, 1)].join(' ');
  if (readersOfAnything.has(tool)) return [tool, ...filesIn(words)].join(' ');
  if (askersOfOthers.has(tool)) return `${tool} ${machineIn(tool, words)}`;
  return tool;
}

/** Without what runs the tool: `sudo -n`, and `timeout -k 1 5` of a command that ends itself. */
function withoutWrappers(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  if (first === 'sudo') return withoutWrappers(rest.slice(rest.findIndex((word) => !word.startsWith('-'))));
  if (first === 'timeout') return withoutWrappers(rest.slice(rest.findIndex((word) => /^[^-\d]/.test(word))));
  return argv;
}

/** The files that it is pointed at; all of its words where none looks like one. */
function filesIn(words: readonly string[]): readonly string[] {
  const files = words.filter((word) => word.startsWith('/'));
  return files.length > 0 ? files : words;
}

/** ipmitool names it by an option, curl in an address, nc before the port, ping at the end. */
function machineIn(tool: string, words: readonly string[]): string {
  if (tool === 'ipmitool') return words[words.indexOf('-H') + 1] ?? '';
  const last = words.at(-1) ?? '';
  if (tool === 'curl') return URL.parse(last)?.host ?? last;
  return tool === 'nc' ? words.slice(-2).join(' ') : last;
}
