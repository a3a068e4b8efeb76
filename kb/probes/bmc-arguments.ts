import { z } from 'zod';
import { redfishIdWord, redfishNames } from '../schemas/inventory.ts';
import type { ProbedNode } from '../schemas/probe.ts';
import { hostArg, hostWord } from './network-words.ts';

/** The controller of the node, of which the inventory knows; without it there is nobody to ask. */
export const bmcArgs = z.object({ bmc: hostArg });
export type BmcArgs = z.infer<typeof bmcArgs>;

export function bmcDevices({ bmc }: ProbedNode): readonly { readonly bmc: string }[] {
  return bmc === undefined ? [] : [{ bmc }];
}

export const redfishArgs = z.object({ bmc: hostArg, ...redfishNames.shape });
export type RedfishArgs = z.infer<typeof redfishArgs>;

export function redfishDevices(node: ProbedNode): readonly Readonly<Record<string, string>>[] {
  return bmcDevices(node).map((device) => ({ ...device, ...node.redfish }));
}

// The passwords stand in files on the management host: on a command line every process list would show them.
export function ipmitool(bmc: string, ...command: readonly string[]): readonly string[] {
  return ['ipmitool', '-I', 'lanplus', '-H', bmc, '-U', 'wardround', '-f', '/etc/wardround/bmc-password', ...command];
}

export function ipmitoolAllowed(command: string): readonly string[] {
  return [`ipmitool -I lanplus -H ${hostWord} -U wardround -f /etc/wardround/bmc-password ${command}`];
}

/** `below` the resource of the server. */
export function redfish({ bmc, system }: Pick<RedfishArgs, 'bmc' | 'system'>, below = ''): readonly string[] {
  return [
    'curl',
    '-sS',
    '--max-time',
    '10',
    '--netrc-file',
    '/etc/wardround/bmc-netrc',
    '--cacert',
    '/etc/wardround/bmc-ca.pem',
    `https://${bmc}/redfish/v1/Systems/${system}${below}`,
  ];
}

/** The same, of any server, as a pattern. */
export function redfishAllowed(below = ''): readonly string[] {
  return [
    `curl -sS --max-time 10 --netrc-file /etc/wardround/bmc-netrc --cacert /etc/wardround/bmc-ca\\.pem https://${hostWord}/redfish/v1/Systems/${redfishIdWord}${below}`,
  ];
}
