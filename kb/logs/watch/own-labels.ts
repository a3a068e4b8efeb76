/** Labels that every alert may carry; people can't give them another meaning. */
export const ownLabels: readonly string[] = [
  'alertname',
  'cluster',
  'severity',
  'node',
  'job',
  'rank',
  'device',
  'gpu',
  'category',
  'kind',
  'source',
];
