const isWholeRun = process.argv.slice(2).every((argument) => argument.startsWith('-'));

/** One PostgreSQL, one Temporal server and one workflow bundle for the whole run: test/support/global-setup.ts. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.js' },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/each-file.ts'],
  maxWorkers: 2,
  testTimeout: 60_000,
  // What decides and sends in production. The cooldown's own gate is another: it is SQL, which no coverage sees, and each
  // change of it must be noticed (test/property/mutations).
  collectCoverage: isWholeRun,
  collectCoverageFrom: [
    'activities/{dispatch-batch,send-page,record-outcomes}.ts',
    'db/{cooldown-locks,evaluation-request,evaluation-statement}.ts',
  ],
  coverageProvider: 'v8',
  coverageReporters: ['text'],
  coverageThreshold: { global: { branches: 90, lines: 95 } },
};
