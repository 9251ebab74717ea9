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
  // The cooldown is what stands between a mentor and being nagged: its code is reported by every whole run.
  collectCoverage: isWholeRun,
  collectCoverageFrom: ['activities/is-cooldown-active.ts', 'db/cooldown-locks.ts'],
  coverageProvider: 'v8',
  coverageReporters: ['text'],
  coverageThreshold: { global: { branches: 90 } },
};
