import { CodedError } from '../../domain/errors.ts';

/** What globalSetup found or started. Throws E_TEST_SETUP when a file runs without it. */
export function fromSetup(
  name: 'TEST_FOLDER' | 'TEST_POSTGRES_URL' | 'TEST_TEMPLATE' | 'TEST_TEMPORAL_ADDRESS' | 'TEST_WORKFLOW_BUNDLE',
): string {
  const value = process.env[name];
  if (!value) {
    const fix =
      name === 'TEST_WORKFLOW_BUNDLE'
        ? 'write workflows/index.ts: it did not exist when the run began'
        : 'run the file through "npm test"';
    throw new CodedError('E_TEST_SETUP', `${name} is not set`, { fix });
  }
  return value;
}
