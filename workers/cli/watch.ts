import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { LogPlace } from '../../activities/follow/place.ts';
import { ownLabels } from '../../kb/logs/watch/own-labels.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';
import { namePattern } from '../../workflows/domain/ids.ts';
import type { Config } from '../config.ts';
import { pickCluster, processContext, type CliContext } from './context.ts';
import { CommandFailure, exitCodes } from './output.ts';
import type { SendAlerts } from './watch/alert-sender.ts';

interface Options {
  readonly cluster?: string;
  readonly job?: string;
  readonly node?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly fromStart?: true;
  readonly state?: string;
  readonly once?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly interval?: number;
}

/** `wardround watch …`: follows logs and raises alerts into the API. `openUntil` ends it; tests hand in their own. */
export function watchCommand(context: CliContext = processContext(), openUntil = untilSignalled): Command {
  return new Command('watch')
    .description('follow growing logs and raise alerts, so that incidents start from logs alone')
    .argument('<prefix...>', 'files, folders, patterns in quotes, or s3://bucket/prefix')
    .option('--cluster <name>', 'cluster; may be left out when there is only one', named('cluster'))
    .option('--job <name>', 'job whose logs these are; else the one that the inventory places on the node', job)
    .option('--node <name>', 'node of lines that do not tell', named('node'))
    .option('--label <name=value>', 'label of every alert; may be given several times', label)
    .option('--from-start', 'read what is there already, too; else only what comes')
    .option('--state <file>', 'where to keep how far everything was read (default: in the state folder)')
    .option('--once', 'one pass over what is new, then end: for cron')
    .option('--dry-run', 'print what would be raised; send and keep nothing')
    .option('--json', 'one JSON object a line for everything that happens')
    .option('--interval <seconds>', 'how often to look (default: 2; 10 where a prefix is in S3)', seconds)
    .addHelpText(
      'after',
      `
Raised at once: causes that speak for themselves, such as an Xid. After 30 s: symptoms whose cause did not come, such as
a watchdog's time-out. One alert for each node, category and job; over when nothing of it was seen for 30 min.

Ends on Ctrl-C or SIGTERM and goes on there at the next start, also after kill -9.

Exit codes: 0 ended or done, 1 alerts could not be delivered or something is wrong, 2 wrong usage.

Examples:
  $ wardround watch /var/log/train/ --job llama-70b
  $ wardround watch '/var/log/pods/*/trainer/*.log' --label team=nlp
  $ wardround watch s3://logs/site-a/ --cluster site-a --once
  $ wardround watch --dry-run --from-start --once /var/log/kern.log`,
    )
    .action(async (prefixes: readonly string[], options: Options) => {
      const { runWatch } = await import('./watch/run-watch.ts');
      const config = await context.config();
      const { cluster, inventory } = await clusterOf(context, config, options.cluster);
      const places = await Promise.all(prefixes.map((prefix) => placeOf(prefix, config)));
      const isDry = options.dryRun === true;
      const { until, release } = openUntil();
      try {
        const code = await runWatch(
          {
            places,
            cluster,
            inventory,
            given: {
              ...(options.node === undefined ? {} : { node: options.node }),
              ...(options.job === undefined ? {} : { job: options.job }),
            },
            labels: options.label ?? {},
            fromStart: options.fromStart === true,
            once: options.once === true,
            json: options.json === true,
            intervalMs: (options.interval ?? (places.every(({ isLocal }) => isLocal) ? 2 : 10)) * 1000,
            stateFile: isDry ? null : await stateFileOf(config, prefixes, cluster, options),
            send: isDry ? null : await senderOf(config),
          },
          { terminal: context.terminal, nowMs: context.nowMs, until },
        );
        if (code !== exitCodes.done) process.exitCode = code;
      } finally {
        release();
      }
    });
}

async function clusterOf(
  context: CliContext,
  { inventoryPath }: Config,
  asked: string | undefined,
): Promise<{ readonly cluster: string; readonly inventory: Inventory | null }> {
  // Logs may be watched on a machine that has no inventory: then the API knows the cluster, or is told.
  if (inventoryPath === null) return { cluster: asked ?? '', inventory: null };
  const inventories = await context.inventories();
  const cluster = pickCluster(asked, [...inventories.keys()]);
  return { cluster, inventory: inventories.get(cluster) ?? null };
}

async function placeOf(prefix: string, config: Config): Promise<LogPlace> {
  const { s3Address } = await import('../../activities/log-inputs.ts');
  const address = s3Address(prefix);
  if (address === null) {
    const { followedFiles } = await import('../../activities/adapters/followed-files.ts');
    return followedFiles(path.resolve(prefix));
  }
  const { stackS3 } = await import('./stack-s3.ts');
  const settings = config.s3 ?? stackS3(config, 'logs');
  if (settings === null)
    throw new CommandFailure(
      'no S3 is configured',
      'is `wardround up` running? Otherwise set WARDROUND_S3_BUCKET, WARDROUND_S3_ACCESS_KEY and WARDROUND_S3_SECRET_KEY',
    );
  const { createS3Client } = await import('../../activities/adapters/s3-client.ts');
  const { followedObjects } = await import('../../activities/adapters/followed-objects.ts');
  return followedObjects(createS3Client(settings), address.bucket, address.prefix);
}

async function senderOf({ apiUrl, apiToken }: Config): Promise<SendAlerts> {
  if (apiToken === null)
    throw new CommandFailure(
      'there is no token for the API',
      'is `wardround up` running? Otherwise set WARDROUND_API_TOKEN, or look first with --dry-run',
    );
  const { alertSender } = await import('./watch/alert-sender.ts');
  return alertSender({ url: apiUrl, token: apiToken });
}

/** Watches of other logs, or for others, have states of their own. */
async function stateFileOf(
  { stateDir }: Config,
  prefixes: readonly string[],
  cluster: string,
  { state, job, node }: Options,
): Promise<string> {
  if (state !== undefined) return path.resolve(state);
  const { fingerprint } = await import('../../kb/logs/fingerprint.ts');
  const places = prefixes.map((prefix) => (prefix.startsWith('s3://') ? prefix : path.resolve(prefix)));
  const name = fingerprint(JSON.stringify([places, cluster, job ?? null, node ?? null]));
  return path.join(stateDir, 'watch', `${name}.json`);
}

function named(what: string): (value: string) => string {
  return (value) => {
    if (namePattern.test(value)) return value;
    throw new InvalidArgumentError(`a ${what}'s name has lower-case letters, digits, dots and dashes`);
  };
}

function job(value: string): string {
  if (/^[\w.:-]{1,120}$/.test(value)) return value;
  throw new InvalidArgumentError('a job name has letters, digits, dots, colons, dashes and underscores');
}

const labelsMax = 10;

function label(value: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const found = /^(?<name>[a-zA-Z_]\w{0,63})=(?<text>.{1,120})$/.exec(value)?.groups;
  const { name, text } = found ?? {};
  if (name === undefined || text === undefined)
    throw new InvalidArgumentError('a label is name=value, such as team=nlp; at most 120 characters');
  if (ownLabels.includes(name)) throw new InvalidArgumentError(`${name} is set by watch itself`);
  if (Object.keys(before).length >= labelsMax) throw new InvalidArgumentError(`at most ${labelsMax} labels`);
  return { ...before, [name]: text };
}

function seconds(value: string): number {
  const read = Number(value);
  if (value.trim() !== '' && read >= 0.1 && read <= 3600) return read;
  throw new InvalidArgumentError('a number of seconds from 0.1 to 3600');
}

/** Ctrl-C and SIGTERM end the watch in order; a second Ctrl-C ends the process. */
function untilSignalled(): { readonly until: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const end = () => {
    release();
    controller.abort();
  };
  const release = () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, end);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  return { until: controller.signal, release };
}
