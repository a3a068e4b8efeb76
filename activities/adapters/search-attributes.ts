import type { Connection } from '@temporalio/client';
import { searchAttributes } from '../../workflows/domain/search-attributes.ts';

/** `temporal.api.enums.v1.IndexedValueType`, the numbers of the wire format. */
const indexedValueTypes = { KEYWORD: 2, BOOL: 5, DATETIME: 6, KEYWORD_LIST: 7 } as const;

/** Registers what is missing; an incident cannot start with an unregistered attribute. Safe to run again. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(searchAttributes).filter(([name]) => !(name in (customAttributes ?? {})));
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, indexedValueTypes[type]])),
  });
}
