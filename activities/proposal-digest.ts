import type { Proposal, ProposalBody } from '../workflows/domain/proposal.ts';
import { jsonDigest } from './json-evidence.ts';

/** What an approval approves: SHA-256 over the RFC 8785 canonical JSON of the proposal without its digest. */
export function proposalDigest(proposal: ProposalBody | Proposal): string {
  const body: Record<string, unknown> = { ...proposal };
  delete body['digest'];
  return jsonDigest(body);
}
