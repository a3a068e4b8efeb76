import { plain } from './output.ts';

const nodesShownMax = 4;

/** The first few by name, the rest by number. */
export function nodesText(nodes: readonly string[]): string {
  const more = nodes.length - nodesShownMax;
  return `${nodes.slice(0, nodesShownMax).map(plain).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
