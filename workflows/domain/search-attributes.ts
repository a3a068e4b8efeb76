/** The search attributes of incidents (design.md section 4). Registered by set-up, set by workflow and API. */
export const searchAttributes = {
  Cluster: 'KEYWORD',
  Phase: 'KEYWORD',
  AlertSeverity: 'KEYWORD',
  Verdict: 'KEYWORD',
  Category: 'KEYWORD_LIST',
  Nodes: 'KEYWORD_LIST',
  NeedsHuman: 'BOOL',
  ProposalExpires: 'DATETIME',
} as const;
