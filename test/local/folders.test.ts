import { chmodSync, chownSync, mkdirSync, symlinkSync, rmSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { canReach, localFolder, sharedFolder, type Account } from '../../local/folders.ts';
import { createFolder, type TestFolder } from '../support/folder.ts';

const stranger: Account = { name: 'stranger', uid: 54_321, gid: 54_321 };
const asRoot = process.getuid?.() === 0 ? test : test.skip;

let folder: TestFolder;

beforeAll(() => {
  folder = createFolder();
});
afterAll(() => folder.remove());

test('a folder below one of mode 700 cannot be reached by another user, below one of mode 711 it can', () => {
  const inner = join(folder.path, 'home', 'project');
  mkdirSync(inner, { recursive: true });
  chmodSync(inner, 0o755);
  chmodSync(join(folder.path, 'home'), 0o700);
  expect(canReach(inner, stranger)).toBe(false);
  chmodSync(join(folder.path, 'home'), 0o711);
  expect(canReach(inner, stranger)).toBe(true);
});

test('a project that everybody can reach keeps its data in .local', () => {
  const project = join(folder.path, 'open');
  mkdirSync(project);
  chmodSync(project, 0o755);
  expect(localFolder(project)).toBe(join(project, '.local'));
});

asRoot('a project of root below a folder of mode 700 keeps its data in one place below /var/tmp', () => {
  const project = join(folder.path, 'closed', 'project');
  mkdirSync(project, { recursive: true });
  chmodSync(join(folder.path, 'closed'), 0o700);
  const chosen = localFolder(project);
  try {
    expect(chosen).toMatch(/^\/var\/tmp\/scenario-push-0-[0-9a-f]{12}$/);
    expect(localFolder(project)).toBe(chosen);
    expect(statSync(chosen).mode & 0o777).toBe(0o711);
  } finally {
    rmSync(chosen, { recursive: true });
  }
});

test('a folder below /var/tmp that is a link is refused', () => {
  const name = `scenario-push-test-${process.pid}-link`;
  const link = join(existsSync('/var/tmp') ? '/var/tmp' : folder.path, name);
  symlinkSync(folder.path, link);
  try {
    expect(() => sharedFolder(name)).toThrow('E_LOCAL_FOLDER_TAKEN');
  } finally {
    rmSync(link);
  }
});

asRoot('a folder below /var/tmp that belongs to somebody else is refused', () => {
  const name = `scenario-push-test-${process.pid}-taken`;
  const made = sharedFolder(name);
  try {
    chownSync(made, stranger.uid, stranger.gid);
    expect(() => sharedFolder(name)).toThrow('E_LOCAL_FOLDER_TAKEN');
  } finally {
    rmSync(made, { recursive: true });
  }
});
