import proto from '@temporalio/proto';
import type { Connection } from '@temporalio/client';
import { CodedError } from '../domain/errors.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;

/** What sweeps and batches can be found by. */
const SEARCH_ATTRIBUTES = {
  ScenarioType: { name: 'KeywordList', type: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST },
  EvaluationDate: { name: 'Keyword', type: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD },
} as const;
type Name = keyof typeof SEARCH_ATTRIBUTES;
const NAMES = Object.keys(SEARCH_ATTRIBUTES) as Name[];

/** Those that the namespace lacks. Throws E_SEARCH_ATTRIBUTES where it has one with another type. */
export async function missingSearchAttributes(connection: Connection, namespace: string): Promise<Name[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = NAMES.filter((name) => customAttributes[name] !== SEARCH_ATTRIBUTES[name].type);
  const taken = missing.find((name) => customAttributes[name] !== undefined);
  if (!taken) return missing;
  throw new CodedError(
    'E_SEARCH_ATTRIBUTES',
    `search attribute ${taken} of namespace ${namespace} is not of type ${SEARCH_ATTRIBUTES[taken].name}`,
    {
      fix: `use another namespace; or, if nobody else needs it, run "temporal operator search-attribute remove --namespace ${namespace} --name ${taken}"`,
    },
  );
}

/**
 * Adds the search attributes that the namespace lacks: a workflow that sets one that is missing cannot go on. Throws
 * E_SEARCH_ATTRIBUTES, with the line to type, where it may not.
 */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return;
  try {
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, SEARCH_ATTRIBUTES[name].type]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    // Another worker that starts at this moment has added them.
    const left = await missingSearchAttributes(connection, namespace);
    if (left.length > 0) throw searchAttributesMissing(namespace, left, error);
  }
}

export function searchAttributesMissing(namespace: string, missing: readonly Name[], cause?: unknown): CodedError {
  const each = missing.map((name) => `--name ${name} --type ${SEARCH_ATTRIBUTES[name].name}`).join(' ');
  const inCloud = missing.map((name) => `--search-attribute "${name}=${SEARCH_ATTRIBUTES[name].name}"`).join(' ');
  return new CodedError(
    'E_SEARCH_ATTRIBUTES',
    `namespace ${namespace} lacks ${missing.map((name) => `${name} (${SEARCH_ATTRIBUTES[name].name})`).join(' and ')}`,
    {
      fix: `run "temporal operator search-attribute create --namespace ${namespace} ${each}"; in Temporal Cloud "tcld namespace search-attributes add --namespace ${namespace} ${inCloud}". A worker that may does it when it starts`,
      cause,
    },
  );
}
