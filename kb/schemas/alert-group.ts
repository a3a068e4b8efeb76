import { z } from 'zod';

/** More alerts than this in one body are refused; `max_alerts` of the receiver bounds them at the sender. */
export const alertsPerBodyMax = 1_000;

// RFC 3339 with an offset, as Go writes it: up to nine digits of a second.
const time = z.iso.datetime({ offset: true });
const texts = z.record(z.string(), z.string());
const status = z.enum(['firing', 'resolved']);

export const alertSchema = z.looseObject({
  status,
  labels: texts,
  annotations: texts.default({}),
  startsAt: time,
  /** Go's zero time, year 1, while the alert fires. */
  endsAt: time.optional(),
  /** The sender's hash of the labels. */
  fingerprint: z.string().regex(/^[0-9A-Za-z_-]{1,64}$/, 'letters and digits, at most 64'),
});

/**
 * Body of the Alertmanager webhook, version 4 (prometheus/alertmanager `notify/webhook` and `template`). Unknown keys pass:
 * newer builds add some, and a custom payload template may too.
 */
export const alertGroupSchema = z.looseObject({
  version: z.literal('4', 'expected "4", the version of the Alertmanager webhook'),
  /** Route and group labels in one text; the same for every delivery of the group. */
  groupKey: z.string().min(1),
  truncatedAlerts: z.int().min(0).default(0),
  status,
  groupLabels: texts.default({}),
  commonLabels: texts.default({}),
  commonAnnotations: texts.default({}),
  alerts: z.array(alertSchema).min(1).max(alertsPerBodyMax),
});

export type AlertGroup = z.infer<typeof alertGroupSchema>;
export type Alert = z.infer<typeof alertSchema>;
