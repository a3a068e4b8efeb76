import { z } from 'zod';
import type { Receipt } from './intake.ts';

/** A place in a request body that is wrong: a JSON pointer as a URI fragment, as in RFC 9457's own example. */
export const placeSchema = z.object({
  pointer: z.string().describe('JSON pointer (RFC 6901) as a URI fragment, such as "#/alerts/0/startsAt"'),
  detail: z.string(),
});
export type Place = Readonly<z.infer<typeof placeSchema>>;

/** More places than this say nothing new. */
export const placesMax = 20;

export const receiptSchema = z.object({
  incidentId: z.string().describe('what people type and read: cluster and hash of the alert group'),
  workflowId: z.string(),
  runId: z.string().nullable().describe('null when the alerts are resolved and no incident is open'),
  created: z.boolean(),
  outcome: z
    .enum(['started', 'forwarded', 'unchanged', 'repeat', 'not-open'])
    .describe(
      'started: a new incident; forwarded: told to the open one; unchanged: since the last delivery; ' +
        'repeat: of an incident that is closed; not-open: resolved, with nobody to tell',
    ),
}) satisfies z.ZodType<Receipt>;

export const acceptedSchema = z.object({ incidents: z.array(receiptSchema) });
export const healthSchema = z.object({ status: z.literal('ok') });
export const readinessSchema = z.object({ status: z.literal('ready') });
