import { PortError } from '../ports.ts';
import { bundleNames, type BundleFiles } from './bundle.ts';
import { partingOf } from './chain.ts';
import { checkOf, type Check, type Remark } from './check.ts';
import { readHistory, type RecordedHistory } from './history.ts';
import {
  evidenceChain,
  historyChain,
  inOrder,
  placeOf,
  readManifest,
  type EvidenceEntry,
  type HistoryEntry,
  type Manifest,
} from './manifest.ts';
import { isSignedBy, keyIdOf, normalPublicKey, SealKeyError } from './seal.ts';
import { sha256Of } from './sha256.ts';

export interface TrustedKeys {
  /** PEM of the keys that this machine trusts. */
  readonly keys: readonly string[];
  /** Somebody named them for this very check: a seal by another key is wrong then, not just unknown. */
  readonly named: boolean;
}

/** Whether the bundle is what was sealed: the signature, the chains, every hash, nothing missing and nothing extra. */
export function checkSeal(files: BundleFiles, trusted: TrustedKeys): Check {
  const bytes = files.get(bundleNames.manifest);
  if (bytes === undefined) return failed([{ place: bundleNames.manifest, text: 'is missing' }]);
  let manifest: Manifest;
  try {
    manifest = readManifest(bytes);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return failed([{ place: bundleNames.manifest, text: error.message }]);
  }
  const problems: Remark[] = [];
  const gaps: Remark[] = [];
  const notes: string[] = [];
  checkSignature(manifest, bytes, files, trusted, { problems, gaps, notes });
  manifest.histories.forEach((entry, index) => problems.push(...historyProblems(entry, index, files)));
  checkEvidence(manifest, files, problems, gaps);
  for (const { name, sha256, bytes: size } of manifest.documents)
    problems.push(...fileProblems(name, name, { sha256, bytes: size }, files));
  problems.push(...extraFiles(manifest, files));
  const { histories, evidence } = manifest;
  return checkOf(`${histories.length} histories, ${evidence.length} pieces of evidence`, { problems, gaps, notes });
}

function failed(problems: readonly Remark[]): Check {
  return checkOf('the manifest cannot be read', { problems });
}

function checkSignature(
  manifest: Manifest,
  signedBytes: Uint8Array,
  files: BundleFiles,
  { keys, named }: TrustedKeys,
  into: { readonly problems: Remark[]; readonly gaps: Remark[]; readonly notes: string[] },
): void {
  const { problems, gaps, notes } = into;
  const signature = files.get(bundleNames.signature);
  const ownKey = files.get(bundleNames.publicKey);
  const place = bundleNames.signature;
  const { signer } = manifest;
  if (signer === null) {
    if (signature !== undefined || ownKey !== undefined)
      problems.push({ place, text: 'is there, although the manifest says that nobody signed' });
    else if (named) problems.push({ place, text: 'nobody signed this bundle, so the named key cannot vouch for it' });
    else gaps.push({ place, text: 'nobody signed this bundle' });
    return;
  }
  if (signature === undefined || ownKey === undefined) {
    problems.push({ place, text: `is missing, or the key beside it; the manifest says that key ${signer} signed` });
    return;
  }
  const pem = Buffer.from(ownKey).toString();
  try {
    if (keyIdOf(pem) !== signer || normalPublicKey(pem) !== pem)
      problems.push({ place: bundleNames.publicKey, text: `is not key ${signer}, which the manifest names` });
    else if (!isSignedBy(pem, signedBytes, signature))
      problems.push({ place, text: `is not a signature of this manifest by key ${signer}` });
    else if (keys.some((key) => keyIdOf(key) === signer)) notes.push(`signed by the trusted key ${signer}`);
    else if (named) problems.push({ place, text: `was made by key ${signer}, not by the one that was named` });
    else
      gaps.push({
        place,
        text: `signed by an unknown key ${signer}; compare it with the operators' and name it with --public-key`,
      });
  } catch (error) {
    if (!(error instanceof SealKeyError)) throw error;
    problems.push({ place: bundleNames.publicKey, text: error.message });
  }
}

function historyProblems(entry: HistoryEntry, index: number, files: BundleFiles): readonly Remark[] {
  const name = bundleNames.history(index);
  const bytes = files.get(name);
  if (bytes === undefined) return [{ place: entry.workflowId, text: `${name} is missing` }];
  let history: RecordedHistory;
  try {
    history = readHistory(bytes, name);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return [{ place: entry.workflowId, text: error.message }];
  }
  const gap = history.events.findIndex((event, at) => event.eventId !== String(at + 1));
  if (gap >= 0)
    return [{ place: `${entry.workflowId} event ${gap + 1}`, text: 'is missing, or events are in another order' }];
  const parting = partingOf(entry.chain, historyChain(entry.runId, history));
  if (parting !== null)
    return [
      {
        place: `${entry.workflowId} event ${parting + 1}`,
        text:
          parting >= history.events.length
            ? 'is missing'
            : `${history.events[parting]?.eventType ?? ''} is not what was sealed`,
      },
    ];
  return fileProblems(name, entry.workflowId, entry, files);
}

function checkEvidence(manifest: Manifest, files: BundleFiles, problems: Remark[], gaps: Remark[]): void {
  const { evidence } = manifest;
  if (partingOf(manifest.evidenceChain, evidenceChain(evidence)) !== null || !isOrdered(evidence))
    problems.push({ place: bundleNames.manifest, text: 'the chain over the evidence does not fit the list of it' });
  const known = new Set(manifest.unreadable.map(({ id }) => id));
  const logs = evidence.filter(({ kind }) => kind === 'log-window');
  const withoutLogs = logs.length > 0 && logs.every(({ sha256 }) => !files.has(bundleNames.evidence(sha256)));
  if (withoutLogs) gaps.push({ place: 'evidence', text: `none of the ${logs.length} log windows is in this bundle` });
  for (const entry of evidence) {
    if (withoutLogs && entry.kind === 'log-window') continue;
    if (known.has(entry.id)) gaps.push({ place: placeName(entry), text: 'could not be read when this was sealed' });
    else problems.push(...fileProblems(bundleNames.evidence(entry.sha256), placeName(entry), entry, files));
  }
}

function isOrdered(evidence: readonly EvidenceEntry[]): boolean {
  return inOrder(evidence).every((entry, index) => entry === evidence[index]) && uniquePlaces(evidence);
}

function uniquePlaces(evidence: readonly EvidenceEntry[]): boolean {
  return new Set(evidence.map(placeOf)).size === evidence.length;
}

function fileProblems(
  name: string,
  place: string,
  { sha256, bytes }: { readonly sha256: string; readonly bytes: number },
  files: BundleFiles,
): readonly Remark[] {
  const content = files.get(name);
  if (content === undefined) return [{ place, text: `${name} is missing` }];
  if (content.length !== bytes) return [{ place, text: `${name} has ${content.length} bytes instead of ${bytes}` }];
  return sha256Of(content) === sha256 ? [] : [{ place, text: `${name} is not what was sealed: its hash differs` }];
}

function extraFiles(manifest: Manifest, files: BundleFiles): readonly Remark[] {
  const expected = new Set<string>([
    bundleNames.manifest,
    bundleNames.signature,
    bundleNames.publicKey,
    ...manifest.histories.map((_entry, index) => bundleNames.history(index)),
    ...manifest.evidence.map(({ sha256 }) => bundleNames.evidence(sha256)),
    ...manifest.documents.map(({ name }) => name),
  ]);
  return [...files.keys()]
    .filter((name) => !expected.has(name))
    .map((place) => ({ place, text: 'is not part of what was sealed' }));
}

/** `findings ev_0123…` */
function placeName({ kind, id }: EvidenceEntry): string {
  return `${kind} ${id}`;
}
