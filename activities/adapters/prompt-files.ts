import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { analysisContract } from '../../kb/reasoning/analysis/contract.ts';
import type { PromptTexts } from '../../kb/reasoning/model/prompt.ts';

const folder = new URL('../../kb/prompts/', import.meta.url);
const files = ['diagnose.v2.md', 'categories.v1.md', 'case.v2.md', 'repair.v1.md'] as const;

/** The prompt that is in use. A changed wording gets a new file, so that a recorded id always means the same text. */
export async function readPrompts(): Promise<PromptTexts> {
  const [system, categories, caseText, repair] = await Promise.all(
    files.map((name) => readFile(fileURLToPath(new URL(name, folder)), 'utf8')),
  );
  // As many texts as files.
  const texts = {
    system: system ?? '',
    categories: categories ?? '',
    contract: analysisContract,
    case: caseText ?? '',
    repair: repair ?? '',
  };
  const hash = createHash('sha256');
  for (const text of Object.values(texts)) hash.update(`${Buffer.byteLength(text)}\n${text}`);
  return { id: files[0].replace(/\.md$/, ''), sha256: hash.digest('hex'), ...texts };
}
