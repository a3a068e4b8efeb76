// InfiniBand generations, Gbit/s of a four-lane port. https://www.infinibandta.org/infiniband-roadmap/
const portGbps: Readonly<Record<string, number>> = { FDR: 56, EDR: 100, HDR: 200, NDR: 400, XDR: 800 };

// `8x200Gb/s RoCE`, `4 x 100 Gbps`; not `2x more nodes`, nor the bytes of `8x80GB` and `8 x 300 GB/s`.
const adapters = /(\d{1,2})\s*[xX×]\s*(?:[A-Za-z]+\s*)?(\d{2,4})\s*[Gg](?!i?B)/;
// `8x NDR400 IB`, `8 × HDR`, `4x HDR100` (half a port); not `8x DDR5`.
const generations = /(\d{1,2})\s*[x×]\s*(FDR|EDR|HDR|NDR|XDR) ?(\d{2,3})?/i;
// `1600 Gb/s per node`, `EFA 3200 Gbps`; not `300 GB/s`.
const total = /(\d{2,5})\s*(?:Gbps|Gb\/s|Gbit\/s)/;

/** Gbit/s of all adapters of a node, one direction, as `4x200Gb/s IB` says it; `undefined` where it says nothing. */
export function networkGbpsOf(interconnect: string): number | undefined {
  const generation = generations.exec(interconnect);
  if (generation) {
    const [, ports, name = '', stated] = generation;
    return Number(ports) * Number(stated ?? portGbps[name.toUpperCase()] ?? 0) || undefined;
  }
  const counted = adapters.exec(interconnect);
  if (counted) return Number(counted[1]) * Number(counted[2]);
  const whole = total.exec(interconnect);
  return whole ? Number(whole[1]) : undefined;
}
