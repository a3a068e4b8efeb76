import { describe, expect, it } from 'vitest';
import { visibilityQuery } from '../../../workers/cli/visibility-query.ts';

describe('the list query', () => {
  it('asks for incidents, with one condition a filter', () => {
    expect(visibilityQuery({})).toBe(`WorkflowType = 'incident'`);
    expect(visibilityQuery({ cluster: 'site-a', needsHuman: true, open: true, idStart: 'incident/' })).toBe(
      `WorkflowType = 'incident' AND Cluster = 'site-a' AND NeedsHuman = true AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH 'incident/'`,
    );
  });

  it('lets no value end its own quotes', () => {
    expect(visibilityQuery({ phase: `x' OR Cluster = 'y` })).toBe(
      String.raw`WorkflowType = 'incident' AND Phase = 'x\' OR Cluster = \'y'`,
    );
    expect(visibilityQuery({ severity: '\\' })).toBe(String.raw`WorkflowType = 'incident' AND AlertSeverity = '\\'`);
  });
});
