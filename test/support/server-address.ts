/** What globalSetup found or started. Throws E_TEST_SETUP when a file runs without it. */
export function fromSetup(
  name: 'TEST_FOLDER' | 'TEST_POSTGRES_URL' | 'TEST_TEMPLATE' | 'TEST_TEMPORAL_ADDRESS' | 'TEST_WORKFLOW_BUNDLE',
): string {
  const value = process.env[name];
  if (!value) {
    const hint =
      name === 'TEST_WORKFLOW_BUNDLE'
        ? 'workflows/index.ts did not exist when the run began'
        : 'run the file through "npm test"';
    throw new Error(`E_TEST_SETUP: ${name} is not set; ${hint}.`);
  }
  return value;
}
