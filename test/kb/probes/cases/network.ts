import type { ProbeCases } from '../probe-case.ts';
import { netFirewallCases, netFirewallNftCases } from './network-firewall.ts';
import {
  netCountersCases,
  netInterfacesCases,
  netLinkSettingsCases,
  netNeighboursCases,
  netRoutesCases,
  netTcpCases,
  rocePfcCases,
} from './network-interfaces.ts';
import { netListenersCases, netNameResolutionCases, netResolverCases } from './network-names.ts';
import {
  ibDevicesCases,
  ibInterfacesCases,
  ibFabricLinksCases,
  ibFirmwareCases,
  ibGidsCases,
  ibLinksCases,
  ibSwitchCountersCases,
} from './network-rdma.ts';
import { netNodeReachCases, netPathMtuCases, netPortsReachableCases, netReachCases } from './network-reach.ts';
import {
  bmcEventLogCases,
  bmcPowerCases,
  bmcRedfishLogCases,
  bmcRedfishSystemCases,
  bmcSensorsCases,
} from './oob-bmc.ts';
import {
  kubernetesNodeCases,
  schedulerAccountingCases,
  schedulerConfigCases,
  schedulerNodesCases,
  schedulerPlacementCases,
} from './oob-scheduler.ts';
import { ibOpticsCases } from './network-optics.ts';

/** Cases of probes of the network, and of those that ask about a node from outside of it. */
export const networkCases: Readonly<Record<string, ProbeCases>> = {
  'net.reach': netReachCases,
  'net.node-reach': netNodeReachCases,
  'net.path-mtu': netPathMtuCases,
  'net.interfaces': netInterfacesCases,
  'net.routes': netRoutesCases,
  'net.neighbours': netNeighboursCases,
  'net.counters': netCountersCases,
  'net.tcp': netTcpCases,
  'net.name-resolution': netNameResolutionCases,
  'net.resolver': netResolverCases,
  'net.ports-reachable': netPortsReachableCases,
  'net.listeners': netListenersCases,
  'net.firewall': netFirewallCases,
  'net.firewall-nft': netFirewallNftCases,
  'net.link-settings': netLinkSettingsCases,
  'roce.pfc': rocePfcCases,
  'ib.gids': ibGidsCases,
  'ib.firmware': ibFirmwareCases,
  'ib.devices': ibDevicesCases,
  'ib.interfaces': ibInterfacesCases,
  'ib.links': ibLinksCases,
  'ib.switch-counters': ibSwitchCountersCases,
  'ib.optics': ibOpticsCases,
  'ib.fabric-links': ibFabricLinksCases,
  'bmc.event-log': bmcEventLogCases,
  'bmc.sensors': bmcSensorsCases,
  'bmc.power': bmcPowerCases,
  'bmc.redfish-system': bmcRedfishSystemCases,
  'bmc.redfish-log': bmcRedfishLogCases,
  'scheduler.nodes': schedulerNodesCases,
  'scheduler.accounting': schedulerAccountingCases,
  'scheduler.placement': schedulerPlacementCases,
  'scheduler.config': schedulerConfigCases,
  'kubernetes.node': kubernetesNodeCases,
};
