import { median } from 'simple-statistics';
import { z } from 'zod';
import type { Conditions } from '../kb/schemas/calibration.ts';
import { wallDuration, type ClusterClock } from '../kb/schemas/inventory.ts';
import type { Probe } from '../kb/schemas/probe.ts';
import type { Device } from '../workflows/domain/finding.ts';
import type { Judged } from './probe-batch/judge.ts';

/** What is installed on a node and its GPUs, by index. */
export type Identity = ReadonlyMap<number, Pick<Conditions, 'driver' | 'vbios' | 'ecc'>>;

type ReadProbe = (id: string) => Promise<Judged | null>;

const rowsOf = <Values extends z.ZodRawShape>(values: Values) =>
  z.looseObject({ rows: z.array(z.looseObject({ index: z.int(), values: z.looseObject(values) })) });
const textCell = z.string().nullable();
const numberCell = z.number().nullable();

const vbiosSchema = rowsOf({ vbios_version: textCell, driver_version: textCell });
const eccSchema = rowsOf({ 'ecc.errors.uncorrected.volatile.total': numberCell });
const clocksSchema = rowsOf({
  'clocks.current.sm': numberCell,
  'clocks.max.sm': numberCell,
  'utilization.gpu': numberCell,
  'power.draw': numberCell,
  'temperature.gpu': numberCell,
});

/** Driver, VBIOS and ECC of each GPU, as the node's own probes tell. */
export async function readIdentity(read: ReadProbe): Promise<Identity> {
  const vbios = rows(await read('gpu.vbios'), vbiosSchema);
  const ecc = new Map(rows(await read('gpu.ecc'), eccSchema).map(({ index, values }) => [index, values]));
  return new Map(
    vbios.map(({ index, values }) => [
      index,
      {
        driver: values.driver_version,
        vbios: values.vbios_version,
        ecc: eccMode(ecc.get(index)),
      },
    ]),
  );
}

/** nvidia-smi prints `[N/A]` for the counters of a board whose ECC is off, and a number where it is on. */
function eccMode(values: { readonly 'ecc.errors.uncorrected.volatile.total': number | null } | undefined) {
  if (values === undefined) return null;
  return values['ecc.errors.uncorrected.volatile.total'] === null ? 'off' : 'on';
}

/** One look at a GPU while it worked. */
export interface AtWork {
  readonly gpu: number;
  readonly smClockMhz: number | null;
  readonly smClockMaxMhz: number | null;
  readonly temperatureCelsius: number | null;
  readonly powerWatts: number | null;
}

// As the clock probe takes it: less is no load.
const busyUtilizationPercent = 20;

/** Looks at the GPUs when a run is half over; those that work then. None where the run was over before. */
export async function seenAtWork(at: {
  readonly probe: (id: string) => Probe | undefined;
  /** Throws when the run is over. */
  readonly pause: (ms: number) => Promise<void>;
  readonly clock: ClusterClock;
  /** Of the run, cluster milliseconds. */
  readonly costMs: number;
  readonly read: (probe: Probe) => Promise<Judged | null>;
}): Promise<readonly AtWork[]> {
  const clocks = at.probe('gpu.clocks');
  if (clocks === undefined) return [];
  try {
    await at.pause(wallDuration(at.clock, at.costMs / 2));
  } catch {
    return [];
  }
  const answer = await at.read(clocks);
  return rows(answer, clocksSchema)
    .filter(({ values }) => (values['utilization.gpu'] ?? 0) > busyUtilizationPercent)
    .map(({ index, values }) => ({
      gpu: index,
      smClockMhz: values['clocks.current.sm'],
      smClockMaxMhz: values['clocks.max.sm'],
      temperatureCelsius: values['temperature.gpu'],
      powerWatts: values['power.draw'],
    }));
}

/** Medians over the looks at this device; of an adapter or a whole node, what all its GPUs have alike. */
export function conditionsOf(device: Device | undefined, identity: Identity, looks: readonly AtWork[]): Conditions {
  const gpu = device?.kind === 'gpu' ? device.index : undefined;
  const own = gpu === undefined ? looks : looks.filter((look) => look.gpu === gpu);
  const installed = gpu === undefined ? alike([...identity.values()]) : identity.get(gpu);
  return {
    driver: installed?.driver ?? null,
    vbios: installed?.vbios ?? null,
    ecc: installed?.ecc ?? null,
    smClockMhz: middle(own.map(({ smClockMhz }) => smClockMhz)),
    smClockMaxMhz: middle(own.map(({ smClockMaxMhz }) => smClockMaxMhz)),
    temperatureCelsius: middle(own.map(({ temperatureCelsius }) => temperatureCelsius)),
    powerWatts: middle(own.map(({ powerWatts }) => powerWatts)),
  };
}

type Installed = Pick<Conditions, 'driver' | 'vbios' | 'ecc'>;

function alike(all: readonly Installed[]): Installed {
  const [first] = all;
  const same = <Key extends keyof Installed>(key: Key): Installed[Key] | null =>
    first !== undefined && all.every((one) => one[key] === first[key]) ? first[key] : null;
  return { driver: same('driver'), vbios: same('vbios'), ecc: same('ecc') };
}

function middle(values: readonly (number | null)[]): number | null {
  const known = values.flatMap((value) => value ?? []);
  return known.length === 0 ? null : median(known);
}

/** The rows of the first command's reading; none where it could not be read. */
function rows<Row>(judged: Judged | null, schema: z.ZodType<{ rows: Row[] }>): readonly Row[] {
  const reading = judged?.entry.commands[0]?.reading;
  const parsed = schema.safeParse(reading);
  return parsed.success ? parsed.data.rows : [];
}
