import { openShelf, type Shelf } from './product.ts';
import { runCase, type BenchCase, type CaseRow } from './run-case.ts';

/** What a worker process answers to a case. */
export type CaseAnswer =
  | { readonly kind: 'row'; readonly row: CaseRow }
  | { readonly kind: 'failed'; readonly message: string };

let shelf: Promise<Shelf> | null = null;

process.on('message', (one: BenchCase) => void answer(one));
process.once('disconnect', () => process.exit(0));

async function answer(one: BenchCase): Promise<void> {
  process.send?.(await worked(one));
}

async function worked(one: BenchCase): Promise<CaseAnswer> {
  try {
    shelf ??= openShelf();
    return { kind: 'row', row: await runCase(await shelf, one) };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
