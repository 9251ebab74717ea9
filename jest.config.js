import { readdirSync } from 'node:fs';

const given = process.argv.slice(2);
const all = process.env['TESTS'] === 'all';
const isWholeRun = all && given.every((argument) => /^--(json|outputFile|silent|verbose|ci)\b/.test(argument));
// Slow tests, *.slow.test.ts, run when they are named, or their folder is, and in npm run test:all.
const named = given.some((argument) => !argument.startsWith('-')) && !given.includes('--findRelatedTests');
const leavesOutSlow = !all && !named;
const ignored = new Set(['node_modules', 'coverage', 'dist']);
const rooms = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !ignored.has(entry.name))
  .map((entry) => `<rootDir>/${entry.name}`);

/** One PostgreSQL, one Temporal server and one workflow bundle for the whole run: test/support/global-setup.ts. */
export default {
  testEnvironment: 'node',
  // Sources as well as tests: what is related to a change (-o, --watch, --findRelatedTests) is looked up among them.
  roots: rooms,
  modulePathIgnorePatterns: ['/alternatives/[^/]+/node_modules/'],
  moduleFileExtensions: ['js', 'mjs', 'ts', 'json', 'node', 'cjs', 'sql'],
  dependencyExtractor: '<rootDir>/test/support/dependencies.js',
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', ...(leavesOutSlow ? ['\\.slow\\.test\\.ts$'] : [])],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.js' },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/each-file.ts'],
  maxWorkers: 2,
  // Jest keeps the modules of every file that it has run: a worker that has grown is replaced, or the last files crawl.
  workerIdleMemoryLimit: '600MB',
  // Guards against a hang: no test asserts a speed, which is what proof/bench is for.
  testTimeout: 180_000,
  // What decides and sends in production. The cooldown's own gate is another: it is SQL, which no coverage sees, and each
  // change of it must be noticed (test/property/mutations).
  collectCoverage: isWholeRun,
  collectCoverageFrom: [
    'activities/{dispatch-batch,hold-batch,pump,gatekeeper,send-rate}.ts',
    'db/{cooldown-locks,evaluation-request,evaluation-statement}.ts',
  ],
  coverageProvider: 'v8',
  coverageReporters: ['text'],
  coverageThreshold: { global: { branches: 90, lines: 95 } },
};
