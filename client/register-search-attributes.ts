import proto from '@temporalio/proto';
import type { Connection } from '@temporalio/client';

const { IndexedValueType } = proto.temporal.api.enums.v1;

/** What sweeps and batches can be found by. */
const SEARCH_ATTRIBUTES = {
  ScenarioType: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  EvaluationDate: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
};

/** Adds the search attributes that the namespace lacks: a workflow that sets one that is missing cannot go on. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !(name in customAttributes));
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing) });
}
