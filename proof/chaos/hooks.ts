// Loaded into a worker by the harness alone: node --import ./proof/chaos/hooks.ts cli/main.ts worker
// The worker runs as it is; what it imports as its activities is wrapped on the way, so that it can be ended or frozen
// at a named point. Product code knows nothing of it.
import './end-with-parent.ts';
import { registerHooks } from 'node:module';

const activities = new URL('../../activities/create-activities.ts', import.meta.url).href;
const here = new URL('.', import.meta.url).href;
const wrapped = new URL('./wrapped-activities.ts', import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    return resolved.url === activities && !context.parentURL?.startsWith(here)
      ? { ...resolved, url: wrapped }
      : resolved;
  },
});
