#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Whoever reads may have seen enough (`| head`): no failure, and nothing more to say.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

// Halves the time until the first word, from the second call on: a shell that completes asks at every press of Tab.
enableCompileCache();

const { run } = await import('./run.ts');
const code = await run(process.argv);
if (code !== undefined) process.exitCode = code;
