/** PCIe switches of a node, each with two GPUs and an HCA below it. */
export const pcieSwitches = 4;

/** The switches whose bridges have access control on, by the value of `host.pcie-acs`: those that were found last. */
export function switchesWithAcs(state: string): readonly number[] {
  const count = state === 'off' ? 0 : state === 'on' ? pcieSwitches : Number(state.slice('on-'.length));
  return Array.from({ length: count }, (_, at) => pcieSwitches - count + at);
}
