import { lostSupplies } from '../../physics/fixed-cap.ts';
import { factAt, factsOf } from '../../state/facts/fact-at.ts';
import type { WorldNode } from '../../world.ts';
import { complained, printed, type CommandContext, type NodeCommand } from '../command.ts';
import { eventLog, type NumberedEntry } from './event-log.ts';
import { nodeOfBmc } from './which-node.ts';

const address = /^https:\/\/([A-Za-z0-9.-]+)(\/redfish\/v1\/\S*)$/;

/** `curl … https://BMC/redfish/v1/…` on the management host: the system and its event log (DMTF ComputerSystem 1.13, LogEntry 1.8). */
export const curl: NodeCommand = {
  name: 'curl',
  run(context, args) {
    const match = address.exec(args.at(-1) ?? '');
    if (match === null) return complained(`curl: (3) URL using bad/illegal format or missing URL\n`, 3);
    const [, bmc = '', path = ''] = match;
    const node = nodeOfBmc(context, bmc);
    if (node === undefined) return complained(`curl: (6) Could not resolve host: ${bmc}\n`, 6);
    const { timeline, nowMs } = context;
    const body =
      path === '/redfish/v1/Systems/1'
        ? system(context, node)
        : path === '/redfish/v1/Systems/1/LogServices/SEL/Entries'
          ? entries(eventLog(timeline, node, nowMs))
          : notFound(path);
    return printed(JSON.stringify(body));
  },
};

function system({ timeline, nowMs }: CommandContext, node: WorldNode): object {
  const { settings } = timeline.of(node).segmentAt(nowMs);
  const power = factAt(settings, { fact: 'host.power', place: node.name }, nowMs);
  const has = (fact: 'hardware.dimm' | 'hardware.dimm-corrected') =>
    factsOf(settings, fact, nowMs).some(({ place }) => place === node.name);
  const memory = has('hardware.dimm') ? 'Critical' : has('hardware.dimm-corrected') ? 'Warning' : 'OK';
  const supplies = lostSupplies(settings, node.name, nowMs);
  const fans = factsOf(settings, 'hardware.fan-speed', nowMs).filter(
    ({ place, value }) => place === node.name && value < 0.15,
  );
  const whole =
    memory === 'Critical' || supplies > 1
      ? 'Critical'
      : memory === 'Warning' || supplies + fans.length > 0
        ? 'Warning'
        : 'OK';
  return {
    '@odata.id': '/redfish/v1/Systems/1',
    '@odata.type': '#ComputerSystem.v1_13_0.ComputerSystem',
    Id: '1',
    Name: 'Computer System',
    SystemType: 'Physical',
    Manufacturer: 'Inspur',
    Model: 'NF5488A5',
    HostName: node.name,
    BiosVersion: '4.1.20',
    PowerState: power === 'on' ? 'On' : 'Off',
    Status: { Health: whole, HealthRollup: whole, State: power === 'on' ? 'Enabled' : 'StandbyOffline' },
    ProcessorSummary: {
      Count: 2,
      Model: 'AMD EPYC 7642 48-Core Processor',
      Status: { Health: 'OK', State: 'Enabled' },
    },
    MemorySummary: { TotalSystemMemoryGiB: 1_024, Status: { Health: memory, State: 'Enabled' } },
    LogServices: { '@odata.id': '/redfish/v1/Systems/1/LogServices' },
  };
}

function entries(log: readonly NumberedEntry[]): object {
  const base = '/redfish/v1/Systems/1/LogServices/SEL/Entries';
  return {
    '@odata.id': base,
    '@odata.type': '#LogEntryCollection.LogEntryCollection',
    Name: 'Log Entry Collection',
    'Members@odata.count': log.length,
    Members: log.map(({ id, atMs, sensor, event, direction }) => ({
      '@odata.id': `${base}/${id}`,
      '@odata.type': '#LogEntry.v1_8_0.LogEntry',
      Id: String(id),
      Name: `Log Entry ${id}`,
      EntryType: 'SEL',
      Created: `${new Date(atMs).toISOString().slice(0, 19)}+00:00`,
      Severity: severityOf(event, direction),
      SensorType: sensor.split(' ').slice(0, -1).join(' '),
      EntryCode: direction === 'Asserted' ? 'Assert' : 'Deassert',
      Message: `${sensor.split(' ').at(-1) ?? ''}: ${event}`,
    })),
  };
}

function severityOf(event: string, direction: string): string {
  if (direction === 'Deasserted') return 'OK';
  if (/Critical|Uncorrectable|Failure|AC lost|off\/down/i.test(event) && !/Non-critical/i.test(event))
    return 'Critical';
  return /Initiated|Presence/i.test(event) ? 'OK' : 'Warning';
}

function notFound(path: string): object {
  return {
    error: {
      code: 'Base.1.8.1.ResourceMissingAtURI',
      message: `The resource at the URI ${path} was not found.`,
    },
  };
}
