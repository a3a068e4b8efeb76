import { z } from 'zod';

const labelsSchema = z.record(z.string(), z.string());

export const alertSchema = z.strictObject({
  alertname: z.string(),
  fingerprint: z.string(),
  labels: labelsSchema,
  annotations: labelsSchema,
  state: z.enum(['pending', 'firing', 'resolved']),
  activeAtMs: z.number(),
  firedAtMs: z.number().nullable(),
  resolvedAtMs: z.number().nullable(),
});
export type Alert = z.infer<typeof alertSchema>;

export const groupSchema = z.strictObject({
  key: z.string(),
  labels: labelsSchema,
  openedAtMs: z.number(),
  lastFlushMs: z.number().nullable(),
  lastSentMs: z.number().nullable(),
  /** What was sent: fingerprints with their states. */
  lastSent: z.string(),
});
export type AlertGroup = z.infer<typeof groupSchema>;

export const deliverySchema = z.strictObject({ groupKey: z.string(), status: z.string(), body: z.string() });
export type Delivery = z.infer<typeof deliverySchema>;

/** What evaluation and notification remember; kept in a file, so that a restart neither forgets nor repeats. */
export const alertStateSchema = z.strictObject({
  evaluatedToMs: z.number(),
  baselines: z.record(z.string(), z.strictObject({ value: z.number().nullable(), toMs: z.number() })),
  alerts: z.array(alertSchema),
  groups: z.array(groupSchema),
  outboxes: z.record(z.string(), z.array(deliverySchema)),
});
export type AlertState = z.infer<typeof alertStateSchema>;
