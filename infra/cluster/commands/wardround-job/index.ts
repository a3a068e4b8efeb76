import { complained, printed, type CommandContext, type TimedCommand } from '../command.ts';
import { atOnce, wait } from '../play.ts';
import * as affinity from './affinity.ts';
import * as args from './args.ts';
import * as cgroup from './cgroup.ts';
import * as devices from './devices.ts';
import * as env from './env.ts';
import { holders } from './holders.ts';
import * as libraries from './libraries.ts';
import * as limits from './limits.ts';
import { list } from './list.ts';
import * as mounts from './mounts.ts';
import * as profile from './profile.ts';
import * as stacks from './stacks.ts';
import { trainersOn, type Trainer } from './trainer.ts';

/** What a verb says of one trainer; an empty text says nothing. */
type TextOf = (context: CommandContext, trainer: Trainer) => string;

/** One file a verb. */
const verbs: Readonly<Record<string, { readonly text: TextOf }>> = {
  env,
  args,
  limits,
  affinity,
  devices,
  mounts,
  libraries,
  cgroup,
  stacks,
};

/** Tables of the node instead. */
const tables: Readonly<Record<string, (context: CommandContext) => string>> = { list, holders };

/** `wardround-job VERB` as `infra/gate/wardround-job.sh` answers: a block a trainer, by ascending pid. */
export const wardroundJob: TimedCommand = {
  name: 'wardround-job',
  *play(context, words) {
    const [verb = '', seconds, ...more] = words;
    const recorded = verb === 'profile' && /^([2-9]|1[0-9]|20)$/.test(seconds ?? '') && more.length === 0;
    const table = tables[verb];
    const known = table !== undefined || verbs[verb] !== undefined;
    if (!recorded && !(known && seconds === undefined))
      return yield* atOnce(complained(`wardround-job: ${usageOf(verb)}\n`, 64));
    if (!context.root) return yield* atOnce(complained('wardround-job: needs root\n', 77));
    if (table !== undefined) return yield* atOnce(printed(table(context)));
    if (!recorded) return yield* atOnce(printed(blocks(context, verbs[verb]?.text ?? (() => ''))));
    const nowMs = yield wait(Number(seconds) * 1_000);
    // What it recorded lies before the moment at which it prints.
    const later = { ...context, nowMs };
    return yield* atOnce(printed(blocks(later, (asked, trainer) => profile.text(asked, trainer, Number(seconds)))));
  },
};

function usageOf(verb: string): string {
  if (verb === 'profile') return 'profile takes 2 to 20 seconds';
  if (tables[verb] !== undefined || verbs[verb] !== undefined) return `${verb} takes no argument`;
  return 'usage: wardround-job list|holders|env|args|limits|affinity|devices|mounts|libraries|cgroup|stacks|profile SECONDS';
}

function blocks(context: CommandContext, text: TextOf): string {
  const trainers = trainersOn(context);
  const body = trainers.map((trainer) => {
    const head = `== pid=${trainer.pid} rank=${trainer.rank} local_rank=${trainer.gpu}\n`;
    const below = text(context, trainer);
    return head + (below === '' || below.endsWith('\n') ? below : `${below}\n`);
  });
  return `${body.join('')}== end trainers=${trainers.length}\n`;
}
