import type { Connection } from '@temporalio/client';
import { searchAttributes } from '../../workflows/domain/search-attributes.ts';

/** `temporal.api.enums.v1.IndexedValueType`, the numbers of the wire format (temporalio/api, enums/v1/common.proto). */
const indexedValueTypes = { KEYWORD: 2, BOOL: 5, DATETIME: 6, KEYWORD_LIST: 7 } as const;

/** Registers what is missing; an incident cannot start with an unregistered attribute. Safe to run again. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const wanted = Object.entries(searchAttributes).map(([name, type]) => [name, indexedValueTypes[type]] as const);
  const present = new Map(Object.entries(customAttributes));
  const differing = wanted.filter(([name, type]) => present.has(name) && Number(present.get(name)) !== type);
  if (differing.length > 0)
    throw new Error(
      `Search attributes ${differing.map(([name]) => name).join(', ')} exist in namespace ${namespace} with another type; ` +
        'use another namespace, or remove them with `temporal operator search-attribute remove`.',
    );
  const missing = wanted.filter(([name]) => !present.has(name));
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing) });
}
