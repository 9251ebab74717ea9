import { CodedError } from '../domain/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The address of the Temporal Web UI, without a slash at its end; null where nobody has said it. Throws E_CONFIG. */
export function webUiAddress(env: Environment): string | null {
  const text = env['TEMPORAL_UI_ADDRESS'];
  if (!text) return null;
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? '')) {
    throw new CodedError(
      'E_CONFIG',
      `TEMPORAL_UI_ADDRESS: expected an address such as http://localhost:8233, got "${text}"`,
    );
  }
  return text.replace(/\/+$/, '');
}

/** The address of a workflow's page. A path has room for colons, and a workflow's id is read by people. */
export function workflowPage(webUi: string, namespace: string, workflowId: string): string {
  const part = (text: string) => encodeURIComponent(text).replaceAll('%3A', ':');
  return `${webUi}/namespaces/${part(namespace)}/workflows/${part(workflowId)}`;
}
