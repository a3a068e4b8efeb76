import { PortError } from '../ports.ts';

/** The batch's own time is up: nothing more is asked, and what is under way is ended. */
export class OverdueError extends PortError {
  constructor(message: string) {
    super('refused', message);
  }
}

export function overdueAfter(msMax: number): OverdueError {
  return new OverdueError(`it was not read within the ${msMax / 1_000} s that the whole batch may take`);
}

/** Why the work was ended, where it was the batch's own time and neither a cancel nor a failure. */
export function overdueOf({ reason }: AbortSignal): OverdueError | null {
  return reason instanceof OverdueError ? reason : null;
}
