// The emulator as a process of its own: node local/fcm-emulator/main.ts --port 9099 --ledger fcm-ledger.jsonl
import { parseArgs } from 'node:util';
import { startFcmEmulator } from './emulator.ts';

const usage = 'usage: node local/fcm-emulator/main.ts [--port N] [--ledger FILE] [--latency-ms N]';

function fail(message: string, code: number): never {
  console.error(message);
  process.exit(code);
}

const { values } = (() => {
  try {
    return parseArgs({
      options: { port: { type: 'string' }, ledger: { type: 'string' }, 'latency-ms': { type: 'string' } },
    });
  } catch (error) {
    return fail(`${(error as Error).message}\n${usage}`, 2);
  }
})();

const [port, latencyMs] = [Number(values.port ?? 0), Number(values['latency-ms'] ?? 0)];
if (!Number.isInteger(port) || port < 0 || port > 65_535 || !(latencyMs >= 0)) fail(usage, 2);

const emulator = await startFcmEmulator({
  port,
  latencyMs,
  ...(values.ledger ? { ledgerFile: values.ledger } : {}),
}).catch((error: Error) => fail(error.message, 1));
// One line of JSON: whoever started this process waits for it.
console.log(JSON.stringify({ address: emulator.address, pid: process.pid }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void emulator.stop());
