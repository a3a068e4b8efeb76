/** Goes into every bundle. Plain text, and a part of what is signed: a change makes new archives differ from old ones. */
export const auditReadme = `WARDROUND AUDIT BUNDLE

This is one incident as it was: who decided what, when, on which evidence.

  manifest.json     every file of this bundle with its SHA-256, and hash chains over the histories and the evidence
  manifest.sig      Ed25519 signature over manifest.json; absent when nobody signed (the incident was still open, or
                    was never archived)
  public-key.pem    the key that signed. It proves nothing by itself: compare its id with the one that the operators of
                    the cluster gave you on another way
  histories/        the workflow histories in the JSON form of Temporal's own replayers
  evidence/         logs, metrics, probe outputs, findings and graphs; the name of a file is the SHA-256 of its bytes
  inventory.json    the cluster as it was described then
  knowledge.json    the knowledge that the diagnosis was made with
  chart.md, .html   the chart of the incident for reading

To verify it, on any machine and without a network:

  wardround replay BUNDLE.tar --public-key trusted-key.pem

checks the seal (nothing was changed, added or removed), the decisions (the workflow code makes the same decisions from
the recorded inputs) and the results (the recorded evidence leads to the recorded findings, verdict and plan).

Without Wardround:

  tar xf BUNDLE.tar
  openssl pkeyutl -verify -pubin -inkey trusted-key.pem -rawin -in manifest.json -sigfile manifest.sig
  sha256sum evidence/*          each file is named by its hash
`;
