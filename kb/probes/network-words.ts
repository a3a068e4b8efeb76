import { z } from 'zod';

/** Host names and addresses as tools take them, and never an option: a part of the regular expressions of allow-lists too. */
export const hostWord = '[A-Za-z0-9][A-Za-z0-9.:-]{0,252}';
/** Names of network interfaces; the kernel allows 15 characters. */
export const interfaceWord = '[a-z][a-z0-9._-]{0,14}';

export const hostArg = z.string().regex(new RegExp(`^${hostWord}$`), 'a host name or an address');
export const interfaceArg = z.string().regex(new RegExp(`^${interfaceWord}$`), 'the name of a network interface');

/** `ib0`…`ib7`, `ens201np0`…`ens208np0` are siblings; the numbers in a name tell them apart. */
export function interfaceFamily(name: string): string {
  return name.replaceAll(/\d+/g, '#');
}

/** Bridges and pairs that containers and virtual machines bring; no path to another node goes over them alone. */
export function isVirtualInterface(name: string): boolean {
  return /^(lo|docker|br-|virbr|veth|cni|flannel|cali|vxlan|tunl|kube-|nodelocaldns|dummy|lxc|lxd|podman)/.test(name);
}

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
