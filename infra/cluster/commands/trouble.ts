import { hang, out, wait, type Play } from './play.ts';
import type { CommandContext } from './command.ts';
import { toolTroubles, type ToolTroubles } from '../physics/tool-troubles.ts';
import { integer } from '../noise.ts';

/** The play of a tool as its troubles make it: late, cut, garbled, or without an end. */
export function troubled(context: CommandContext, tool: string, play: Play): Play {
  const troubles = toolTroubles(context.timeline, context.node, tool, context.nowMs);
  return troubles === null ? play : withTroubles(context, tool, play, troubles);
}

function* withTroubles(context: CommandContext, tool: string, play: Play, troubles: ToolTroubles): Play {
  const { slowMs, hangs, keptShare, garbledShare, unreadShare } = troubles;
  let atMs = context.nowMs;
  try {
    if (slowMs > 0) atMs = yield wait(slowMs);
    if (hangs !== 'no') atMs = yield hang(hangs);
    let whole = '';
    for (;;) {
      const step = play.next(atMs);
      if (step.done === true) {
        const read = unread(context, tool, whole, unreadShare);
        const kept = read.slice(0, Math.floor(read.length * keptShare));
        if (kept !== '') yield out(garbled(context, tool, kept, garbledShare));
        return step.value;
      }
      if (step.value.kind === 'print' && step.value.stream === 'stdout') whole += step.value.text;
      else atMs = yield step.value;
    }
  } finally {
    play.return(0);
  }
}

/** What nvidia-smi prints in a table where NVML answers NVML_ERROR_UNKNOWN (`nvmlErrorString`, nvml.h). */
const unreadValue = '[Unknown Error]';

/** Other cells of a table at every read; the first of a row says whose row it is. */
function unread({ world, node, nowMs }: CommandContext, tool: string, text: string, share: number): string {
  if (share <= 0 || !text.includes(', ')) return text;
  return text
    .split('\n')
    .map((line, row) =>
      line
        .split(', ')
        .map((cell, column) =>
          column > 0 &&
          integer(world.seed, 1_000, 'unread', tool, node.index, Math.floor(nowMs), row, column) < share * 1_000
            ? unreadValue
            : cell,
        )
        .join(', '),
    )
    .join('\n');
}

// Bytes that a broken terminal, a failing pipe or a torn write leave in a text.
const rubbish = ['\u0000', '\ufffd', '~', '\u001b', '?', '\u00ff'];

/** A share of the characters replaced; line ends stay, so that single lines are unreadable and not all of them. */
function garbled({ world, node, nowMs }: CommandContext, tool: string, text: string, share: number): string {
  if (share <= 0) return text;
  const tick = Math.floor(nowMs / 1000);
  const draw = (below: number, what: string, at: number) =>
    integer(world.seed, below, 'garbled', what, tool, node.index, tick, at);
  return text
    .split('')
    .map((character, at) =>
      character !== '\n' && draw(1_000, 'where', at) < share * 1_000
        ? (rubbish[draw(rubbish.length, 'what', at)] ?? '?')
        : character,
    )
    .join('');
}
