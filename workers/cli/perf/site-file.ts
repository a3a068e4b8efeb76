import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseYaml } from '../../../activities/adapters/yaml-places.ts';
import { PortError } from '../../../activities/ports.ts';
import type { SiteScale } from '../../../kb/performance/prediction.ts';
import { CommandFailure, exitCodes } from '../output.ts';

// A site that is ten times off has fitted something else than its scale; 0.15 is the scatter over unknown sites.
const scaleMax = 10;
const sigmaMax = 2;

const siteSchema = z.looseObject({
  scale: z
    .number()
    .min(1 / scaleMax)
    .max(scaleMax),
  sigma: z.number().min(0).max(sigmaMax),
  runs: z.int().min(1),
});

/** What a site measured about itself, as `perf calibrate site --json` prints it. */
export function readSiteFile(file: string): SiteScale {
  const parsed = siteSchema.safeParse(valueOf(file));
  if (!parsed.success)
    throw new CommandFailure(
      `${file} is no site scale: ${parsed.error.issues.map(({ path, message }) => `${path.join('.') || '(top)'}: ${message}`).join('; ')}`,
      'it needs scale (measured over predicted step time), sigma and runs: `wardround perf calibrate site` fits them',
      { exitCode: exitCodes.usage },
    );
  const { scale, sigma, runs } = parsed.data;
  return { scale, sigma, runs };
}

function valueOf(file: string): unknown {
  const text = textOf(file);
  try {
    return parseYaml(file, text);
  } catch (cause) {
    if (!(cause instanceof PortError)) throw cause;
    throw new CommandFailure(cause.message, 'it is read as YAML or JSON', { exitCode: exitCodes.usage, cause });
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure(`${file} can not be read`, cause instanceof Error ? cause.message : String(cause), {
      exitCode: exitCodes.usage,
      cause,
    });
  }
}
