import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { unlikeSiblings } from './host-read.ts';
import { jsonIn } from './json-output.ts';

const source = 'https://nvmexpress.org/specification/nvm-express-base-specification/ (SMART / Health Information)';

const failing: FindingKind = {
  id: 'disk.smart.failing',
  summary: 'an NVMe drive says of itself that it fails: worn out, unreliable or read-only',
  role: 'cause',
  weighs: { 'host-hardware-fault': 2.5, 'checkpoint-corruption': 0.5 },
  source,
};
const hot: FindingKind = {
  id: 'disk.smart.hot',
  summary: 'an NVMe drive is hotter than it may be',
  role: 'symptom',
  weighs: { 'facility-fault': 0.7, 'host-hardware-fault': 0.7 },
  source,
};
const mediaErrors: FindingKind = {
  id: 'disk.smart.media-errors',
  summary: 'an NVMe drive could not give back all of its data',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 1.2, 'checkpoint-corruption': 0.7 },
  source,
};
const worn: FindingKind = {
  id: 'disk.smart.worn',
  summary: 'an NVMe drive has been written to more than its maker expected',
  role: 'context',
  weighs: { 'host-hardware-fault': 0.3 },
  source,
};
const healthy: FindingKind = {
  id: 'disk.smart.healthy',
  summary: 'an NVMe drive has no complaint about itself',
  role: 'clean',
  weighs: { 'host-hardware-fault': -0.2 },
  source,
};
const unlike = unlikeSiblings('disk.smart', 'the health of a drive', {
  'host-hardware-fault': 0.7,
  'facility-fault': 0.3,
});
const kinds = [failing, hot, mediaErrors, worn, healthy, unlike];

const args = z.object({
  drive: z
    .string()
    .regex(/^nvme\d{1,2}n\d{1,2}$/, 'an NVMe drive')
    .default('nvme0n1'),
});
type Args = z.infer<typeof args>;

interface Reading {
  /** Bits of the specification: 1 spare, 2 temperature, 4 reliability, 8 read-only, 16 backup, 32 persistent memory. */
  readonly warning: number;
  readonly celsius: number;
  readonly sparePercent: number;
  readonly spareMinPercent: number;
  readonly usedPercent: number;
  readonly mediaErrors: number;
}

const bits = { spare: 1, temperature: 2, reliability: 4, readOnly: 8 } as const;

/** Counters of 128 bits are text in some releases of nvme-cli; from 2.0 on the warning may be an object. */
const count = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]);
const schema = z.object({
  critical_warning: z.union([count, z.object({ value: count }).transform(({ value }) => value)]),
  temperature: z.number(),
  avail_spare: z.number(),
  spare_thresh: z.number(),
  percent_used: z.number(),
  media_errors: count,
});

const kelvin = 273;

/** What an NVMe drive says about itself. */
export const diskSmart: Probe<Args, Reading> = {
  id: 'disk.smart',
  platform: 'nvidia-linux',
  summary: 'health of an NVMe drive as the drive itself tells it',
  question: 'Does an NVMe drive of the host fail, or run hot?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'root',
  impact: 'passive',
  costMs: 150,
  timeoutMs: 15_000,
  outputBytesMax: 65_536,
  args,
  argv: ({ drive }) => ['sudo', '-n', 'nvme', 'smart-log', `/dev/${drive}`, '-o', 'json'],
  allow: ['sudo -n nvme smart-log /dev/nvme[0-9]{1,2}n[0-9]{1,2} -o json'],
  parse(output) {
    const log = jsonIn(output, 'nvme', schema);
    return {
      warning: log.critical_warning,
      celsius: log.temperature - kelvin,
      sparePercent: log.avail_spare,
      spareMinPercent: log.spare_thresh,
      usedPercent: log.percent_used,
      mediaErrors: log.media_errors,
    };
  },
  outcomes: kinds,
  meaning(reading, _node, given) {
    const { celsius, sparePercent, usedPercent } = reading;
    const device = given === undefined ? {} : { device: { kind: 'disk' as const, name: given.drive } };
    return orClean(judge(reading), kinds, {
      kind: healthy.id,
      text: `${celsius} C, ${sparePercent} % spare, ${usedPercent} % used`,
      values: { celsius, sparePercent, usedPercent },
    }).map((finding) => ({ ...finding, ...device }));
  },
  siblings: {
    kind: unlike,
    numbers: ({ celsius, mediaErrors: errors }) => [
      { name: 'celsius', value: celsius, unit: 'C' },
      { name: 'mediaErrors', value: errors, unit: 'count' },
    ],
    rules: [
      { name: 'celsius', side: 'high', relative: 0.2, absolute: 15, source: unlike.source },
      { name: 'mediaErrors', side: 'high', relative: 0, absolute: 0, source: unlike.source },
    ],
  },
};

function judge({
  warning,
  celsius,
  sparePercent,
  spareMinPercent,
  usedPercent,
  mediaErrors: errors,
}: Reading): readonly ProbeFinding[] {
  const seen: ProbeFinding[] = [];
  const complaints = Object.entries(bits)
    .filter(([name, bit]) => name !== 'temperature' && (warning & bit) !== 0)
    .map(([name]) => name);
  if (complaints.length > 0)
    seen.push({
      kind: failing.id,
      text: `the drive warns of: ${complaints.join(', ')} (${sparePercent} % spare, at least ${spareMinPercent} %)`,
      values: { warning, sparePercent },
    });
  if ((warning & bits.temperature) !== 0)
    seen.push({ kind: hot.id, text: `the drive is too hot: ${celsius} C`, values: { celsius } });
  if (errors > 0)
    seen.push({ kind: mediaErrors.id, text: `${errors} errors of the medium`, values: { mediaErrors: errors } });
  if (usedPercent >= 100)
    seen.push({ kind: worn.id, text: `${usedPercent} % of the expected wear`, values: { usedPercent } });
  return seen;
}
