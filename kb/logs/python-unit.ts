import type { UnitGrammar } from './unit-grammars.ts';

/**
 * Python's tracebacks: plain, chained, in exception groups, in rich's boxes, carried in the message of another exception
 * (data loader workers, spawned processes), and faulthandler's. States: `frames` until the exception line came, `raised`
 * after it (`listing` if its message goes on indented), `announced` where another traceback must follow, `box` and `boxed` in and below rich's frame, `group` inside of
 * an exception group, `fault` for faulthandler, `last-error` above NCCL's last words.
 */
export function pythonGrammar(strangersMax: number): UnitGrammar {
  return {
    kind: 'python-traceback',
    literals: ['traceback (most recent call last)', 'fatal python error: ', 'thread 0x'],
    starts: startState,
    leadOf: (body) =>
      /^(.{1,200}?)(?:Original )?Traceback \(most recent/.exec(framed.test(body) ? '' : body)?.[1] ?? '',
    goesOn: (body, state) =>
      startPattern.test(body) ? continued(body, String(state)) : nextState(body, String(state)),
    strangersMax: (state) => (state === 'raised' || state === 'listing' ? 0 : strangersMax),
  };
}

const startPattern = /Traceback \(most recent call last\)/;
const boxTop = /^\s{0,8}[╭┌+][─-]{1,300} ?Traceback \(most recent call last\)/;
const framed = /^\s{0,64}[╭┌+|]/;
const groupTop = /^\s{0,64}[+|] .{0,64}Exception Group Traceback/;

function startState(body: string): string | null {
  if (startPattern.test(body)) return boxTop.test(body) ? 'box' : groupTop.test(body) ? 'group' : 'frames';
  // Fatal Python error: Segmentation fault; Current thread 0x00007f… (most recent call first):
  return /^Fatal Python error: |^(?:Current t|T)hread 0x[0-9a-f]{4,16}.{0,80}\(most recent call first\):/.test(body)
    ? 'fault'
    : null;
}

/** A further "Traceback" joins only where one was announced; else another one begins. */
function continued(body: string, state: string): string | null {
  if (state === 'box' && /^\s{0,8}[│|]/.test(body)) return 'box';
  if (state === 'group' && /^\s{0,64}[|+]/.test(body)) return 'group';
  if (state === 'announced' || state === 'group') return startState(body);
  return /^\s{0,8}Original Traceback/.test(body) && (state === 'raised' || state === 'listing') ? 'frames' : null;
}

function nextState(body: string, state: string): string | null {
  if (body.trim() === '') return state;
  switch (state) {
    case 'box':
      if (/^\s{0,8}(?:[╰└]─|\+-{20,}\+\s*$)/.test(body)) return 'boxed';
      return /^\s{0,8}[│|]/.test(body) ? 'box' : null;
    case 'boxed':
      return richException.test(body) ? raisedBy(body) : null;
    case 'group':
      if (/^\s{0,4}\+-{16,}\s*$/.test(body)) return 'raised';
      return /^\s{0,64}[|+]/.test(body) ? 'group' : afterRaised(body);
    case 'fault':
      return faultLine.test(body) ? 'fault' : null;
    case 'last-error':
      return 'raised';
    case 'raised':
      return afterRaised(body);
    case 'listing':
      return isIndented(body) ? 'listing' : afterRaised(body);
    case 'announced':
      return announcement.test(body) ? 'announced' : null;
    default:
      if (exceptionLine.test(body)) return raisedBy(body);
      return isIndented(body) || /^(?:"""|''')/.test(body) ? 'frames' : null;
  }
}

/** By two at least, and no progress bar: Megatron begins its ordinary lines with one space, tqdm pads percentages. */
function isIndented(body: string): boolean {
  return /^(?: {2}|\t)\s{0,400}\S/.test(body) && !/^\s{0,8}\d{1,3}%\|/.test(body);
}

const faultLine =
  /^(?:\s{2}File "|Current thread 0x|Thread 0x|Extension modules: |Python runtime state: |\s{2}\.\.\.|\s{2}<no Python frame>|\s{2}Garbage-collecting)/;

/**
 * The line that names the exception. Names are qualified with their module but for builtins, whose names all end like
 * this.
 */
const exceptionLine =
  /^(?:(?:[A-Za-z_]\w{0,80}\.){1,16}[A-Za-z_]\w{0,80}|(?:[A-Z]\w{0,80})?(?:Error|Exception|Warning|Interrupt|Exit|Iteration|ExceptionGroup|Failure|Timeout|Expired))(?:\([\w.]{1,80}\))?(?::(?:\s|$)|\s*$)/;

/** Rich leaves the module out. */
const richException = /^\s{0,8}[A-Za-z_][\w.]{0,160}(?::(?:\s|$)|\s*$)/;

const announcement =
  /^(?:During handling of the above exception, another exception occurred:|The above exception was the direct cause of the following exception:|-- Process \d{1,6} terminated with the following error:|"""|''')/;

/** A message that ends in a colon goes on in indented lines ("Error(s) in loading state_dict for X:"). */
function raisedBy(body: string): string {
  return /:\s{0,4}$/.test(body) ? 'listing' : 'raised';
}

/**
 * What still belongs to an exception whose line has come: an announced further traceback, text indented by a tab, C++ frames in
 * the message, and second lines of messages that torch, CUDA and pydantic are known to write. Notes (PEP 678) look like
 * any other text unless indented, so only those of known tools are taken.
 */
function afterRaised(body: string): string | null {
  if (announcement.test(body)) return 'announced';
  // NCCL's own last words stand on the line below, in whatever form.
  if (/^Last error:\s*$/.test(body)) return 'last-error';
  return /^\t\S/.test(body) || messageLine.test(body) ? raisedBy(body) : null;
}

const messageLine =
  /^(?:CUDA kernel errors might be asynchronously reported|For debugging consider passing|Compile with `TORCH_USE_CUDA_DSA|Device-side assertion tracking|Search for `cuda|Last error:|nccl\w{4,40}(?:Error|Progress|Usage|Argument): |Exception raised from |frame #\d|<omitting python frames>|from user code:|Set TORCH|You can suppress this exception|For further information visit https:\/\/errors\.pydantic|socket\w{3,40}: |Falsifying example|Traceback of TorchScript|The following operation failed|Serialized File|Hint: |Note: |note: )/;
