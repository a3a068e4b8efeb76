import type { Labels } from './metric.ts';

/** Labels of parts of a node that are made once for every part: thousands of series of many metrics have the same. */
export function keptLabels<Node, Part extends object>(
  labelsOf: (node: Node, part: Part) => Labels,
): (node: Node, part: Part) => Labels {
  const kept = new WeakMap<Part, Labels>();
  return (node, part) => {
    const labels = kept.get(part) ?? labelsOf(node, part);
    kept.set(part, labels);
    return labels;
  };
}
