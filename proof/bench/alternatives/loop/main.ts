// The first edge function: a loop over all mentors on one connection. Needs nothing but what the project has.
import { takePart } from '../kit/take-part.ts';
import { sweepByLoop } from './sweep.ts';

await takePart(async ({ createPool, push, asOf }) => {
  const client = await createPool(1).connect();
  return {
    sweep: () => sweepByLoop(client, push, asOf),
    close: async () => client.release(),
  };
});
