import type { Cause } from './finding.ts';

/** "node-07 gpu 3" */
export function placeName({ node, device }: Pick<Cause, 'node' | 'device'>): string {
  const unit = device === undefined ? '' : `${device.kind} ${device.index ?? device.name ?? ''}`.trim();
  return [node ?? '', unit].filter((part) => part !== '').join(' ');
}
