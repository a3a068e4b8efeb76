/** What was last forwarded to an incident, and which run took it. */
export interface LastForwarded {
  readonly digest: string;
  readonly runId: string;
}

export interface Forwarded {
  get(workflowId: string): LastForwarded | undefined;
  set(workflowId: string, last: LastForwarded): void;
}

/** Incidents remembered; the one not heard of for longest is forgotten, and then forwarded once more. */
export const forwardedMax = 10_000;

/** Memory of a process, bounded; after a restart each open incident hears its alerts once more, which is harmless. */
export function createForwarded(entriesMax = forwardedMax): Forwarded {
  // A Map keeps the order of insertion: the first key is the one not heard of for longest.
  const entries = new Map<string, LastForwarded>();
  return { get, set };

  function get(workflowId: string): LastForwarded | undefined {
    const entry = entries.get(workflowId);
    if (entry !== undefined) set(workflowId, entry);
    return entry;
  }

  function set(workflowId: string, last: LastForwarded): void {
    entries.delete(workflowId);
    entries.set(workflowId, last);
    const oldest = entries.keys().next();
    if (entries.size > entriesMax && oldest.done !== true) entries.delete(oldest.value);
  }
}
