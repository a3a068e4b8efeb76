import { ipmitool } from '../bmc/ipmitool.ts';
import { curl } from '../bmc/redfish.ts';
import type { Tool } from '../command.ts';
import { iblinkinfo, ibqueryerrors } from '../network/fabric.ts';
import { ping } from '../network/ping.ts';
import { systemctl } from '../systemctl.ts';

/** What only the management host has: BMCs, switches, other nodes from outside. */
export const managementTools: readonly Tool[] = [ipmitool, curl, ibqueryerrors, iblinkinfo, ping, systemctl];
