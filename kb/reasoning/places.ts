import { namePattern } from '../../workflows/domain/ids.ts';
import type { Cause, Device } from '../../workflows/domain/finding.ts';
import type { Granularity } from './granularity.ts';

/** Where a cause sits or a finding was made; no node means "somewhere in the job". */
export interface Place {
  readonly node?: string;
  readonly device?: Device;
}

export const anywhere: Place = {};

export function placeOf(at: { readonly node?: string | undefined; readonly device?: Device | undefined }): Place {
  if (at.node === undefined && at.device === undefined) return anywhere;
  const device = at.device === undefined || at.device.kind === 'host' ? undefined : at.device;
  return {
    ...(at.node === undefined ? {} : { node: at.node }),
    ...(device === undefined ? {} : { device }),
  };
}

/** The part of a place that matters to a cause of this granularity. */
export function coarsen(place: Place, to: Granularity): Place {
  if (to === 'device') return place;
  if (to === 'job' || to === 'setup' || place.node === undefined) return anywhere;
  return { node: place.node };
}

export function placeKey(place: Place): string {
  return `${place.node ?? ''}|${deviceKey(place.device)}`;
}

export function isPlaced(place: Place): boolean {
  return place.node !== undefined || place.device !== undefined;
}

/** Does a finding made here speak about a cause that sits there? A finding without a place speaks about all. */
export function speaksOf(finding: Place, cause: Place): boolean {
  if (!isPlaced(finding)) return true;
  if (finding.node !== undefined && finding.node !== cause.node) return false;
  return finding.device === undefined || deviceKey(finding.device) === deviceKey(cause.device);
}

/** `node-07 GPU 3`; names that do not look like names are left out, since they may be text of a log. */
export function placeText(place: Place): string {
  const node = place.node !== undefined && namePattern.test(place.node) ? place.node : undefined;
  return [node, deviceText(place.device)].filter((part) => part !== undefined).join(' ');
}

export function causeText(cause: Cause): string {
  const where = placeText(placeOf(cause));
  return where === '' ? cause.category : `${cause.category} on ${where}`;
}

/** A GPU is counted by its node's tools; the index of an adapter is a port number, which all adapters share. */
function deviceKey(device: Device | undefined): string {
  if (device === undefined) return '';
  const { kind, index, name } = device;
  return `${kind}:${kind === 'gpu' ? (index ?? name ?? '') : (name ?? index ?? '')}`;
}

const deviceNamePattern = /^[0-9a-z_.:-]{1,32}$/i;

function deviceText(device: Device | undefined): string | undefined {
  if (device === undefined) return undefined;
  const kind = device.kind === 'gpu' || device.kind === 'hca' ? device.kind.toUpperCase() : device.kind;
  const name = device.name !== undefined && deviceNamePattern.test(device.name) ? device.name : undefined;
  const shown = device.kind === 'gpu' ? (device.index ?? name) : (name ?? device.index);
  return shown === undefined ? kind : `${kind} ${shown}`;
}
