import type { IncidentFilter } from './incident-desk.ts';

/** The list filter in the engine's query language. Values are quoted, so none of them can add a condition. */
export function visibilityQuery(filter: IncidentFilter): string {
  const conditions = [
    `WorkflowType = 'incident'`,
    equal('Cluster', filter.cluster),
    equal('Phase', filter.phase),
    equal('AlertSeverity', filter.severity),
    equal('Verdict', filter.verdict),
    filter.needsHuman === true ? 'NeedsHuman = true' : null,
    filter.open === true ? `ExecutionStatus = 'Running'` : null,
    filter.idStart === undefined ? null : `WorkflowId STARTS_WITH ${quoted(filter.idStart)}`,
  ];
  return conditions.filter((condition) => condition !== null).join(' AND ');
}

function equal(attribute: string, value: string | undefined): string | null {
  return value === undefined ? null : `${attribute} = ${quoted(value)}`;
}

function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
