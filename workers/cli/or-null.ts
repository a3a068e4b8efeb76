import { WorkflowNotFoundError } from '@temporalio/client';

/** Null where there is no such workflow; everything else that goes wrong goes on. */
export async function orNull<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
