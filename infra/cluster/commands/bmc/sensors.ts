import { spread } from '../../noise.ts';
import { fanModules, fanRpm, fanSpeed } from '../../physics/airflow.ts';
import { socketTemperatureC } from '../../physics/cpu.ts';
import { lostSupplies, powerSupplies } from '../../physics/fixed-cap.ts';
import { presenceOf } from '../../physics/gpu-presence.ts';
import { isUp } from '../../physics/node-life.ts';
import { readGpu } from '../../physics/reading.ts';
import type { Timeline } from '../../physics/timeline.ts';
import { factAt } from '../../state/facts/fact-at.ts';
import type { WorldNode } from '../../world.ts';

/** One full sensor record as `ipmitool sdr elist full` shows it. */
export interface Sensor {
  readonly name: string;
  /** Entity of the IPMI specification, such as `29.1` for the first fan. */
  readonly entity: string;
  /** `ok`, non-critical, critical, no reading. */
  readonly state: 'ok' | 'nc' | 'cr' | 'ns';
  readonly reading: string;
}

// Thresholds as servers of this kind set them: inlet 35/40 C, fan 1,200 rpm, GPU 90 C.
const inletMaxC = { nc: 35, cr: 42 } as const;
const gpuMaxC = { nc: 90, cr: 95 } as const;
const fanMinRpm = 1_200;
// All but the GPUs: two sockets, memory, NICs, fans; assumed.
const hostW = { busy: 1_750, idle: 640 } as const;

/** What the controller of a node measures; without main power only what hangs on the standby rail. */
export function sensorsOf(cluster: Timeline, node: WorldNode, ms: number): readonly Sensor[] {
  const timeline = cluster.of(node);
  const { settings, busyNodes } = timeline.segmentAt(ms);
  const on = isUp(settings, node.name, ms) || !settings.facts.has('host.power');
  const busy = busyNodes.has(node.name) && on;
  const seed = timeline.world.seed;
  const noise = (what: string) => spread(seed, 'bmc', what, node.index, Math.floor(ms / 10_000));
  const inletC = Math.round(factAt(timeline, { fact: 'rack.inlet-c', place: node.rack }, ms) + noise('inlet'));
  const readings = node.gpus.map((gpu) => ({
    gpu,
    there: presenceOf(settings, node, gpu.index, ms) === 'there',
    now: readGpu(timeline, node, gpu, ms),
  }));
  const gpuW = readings.reduce((sum, { there, now }) => sum + (there ? now.powerW : 0), 0);
  const totalW = on ? gpuW + (busy ? hostW.busy : hostW.idle) + 40 * noise('host') : 22;
  const supplies = powerSupplies.length - lostSupplies(settings, node.name, ms);
  const hinders = fanModules.some((fan) => fanSpeed(settings, node.name, fan, ms) < 0.6) || inletC > inletMaxC.nc;
  const rpm = hinders ? fanRpm.max : busy ? fanRpm.busy : fanRpm.idle;
  const temperature = (name: string, entity: string, celsius: number, max: { nc: number; cr: number }): Sensor => ({
    name,
    entity,
    state: celsius >= max.cr ? 'cr' : celsius >= max.nc ? 'nc' : 'ok',
    reading: `${celsius} degrees C`,
  });
  const silent = (name: string, entity: string): Sensor => ({ name, entity, state: 'ns', reading: 'No Reading' });
  return [
    temperature('Inlet_Temp', '7.1', inletC, inletMaxC),
    on
      ? temperature('Outlet_Temp', '7.2', Math.round(inletC + totalW / 290), { nc: 70, cr: 80 })
      : silent('Outlet_Temp', '7.2'),
    ...[0, 1].map((socket) =>
      on
        ? temperature(`CPU${socket}_Temp`, `3.${socket + 1}`, socketTemperatureC(timeline, node, socket, ms), {
            nc: 90,
            cr: 96,
          })
        : silent(`CPU${socket}_Temp`, `3.${socket + 1}`),
    ),
    ...readings.map(({ gpu, there, now }) =>
      on && there
        ? temperature(`GPU${gpu.index}_Temp`, `11.${gpu.index + 1}`, now.temperatureC, gpuMaxC)
        : silent(`GPU${gpu.index}_Temp`, `11.${gpu.index + 1}`),
    ),
    ...fanModules.map((fan, at): Sensor => {
      const entity = `29.${at + 1}`;
      if (!on) return silent(`${fan}_Speed`, entity);
      const turns = 100 * Math.round((rpm * fanSpeed(settings, node.name, fan, ms) * (1 + 0.01 * noise(fan))) / 100);
      return { name: `${fan}_Speed`, entity, state: turns < fanMinRpm ? 'cr' : 'ok', reading: `${turns} RPM` };
    }),
    ...powerSupplies.map((supply, at): Sensor => {
      const state = factAt(timeline, { fact: 'hardware.psu', place: node.name, key: supply }, ms);
      const watts = state === 'ok' ? Math.round(totalW / Math.max(1, supplies) / 8) * 8 : 0;
      return { name: `${supply}_PIn`, entity: `10.${at + 1}`, state: 'ok', reading: `${watts} Watts` };
    }),
    { name: 'Total_Power', entity: '21.1', state: 'ok', reading: `${Math.round(totalW / 8) * 8} Watts` },
    {
      name: 'SYS_12V',
      entity: '7.3',
      state: on ? 'ok' : 'ns',
      reading: on ? `${(12.1 + 0.06 * noise('12v')).toFixed(2)} Volts` : 'No Reading',
    },
  ];
}
