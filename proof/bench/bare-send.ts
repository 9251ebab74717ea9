// How fast firebase-admin's send() is by itself, in a process of its own: node proof/bench/bare-send.ts host:port messages in-flight
import pLimit from 'p-limit';
import { printJson } from '../../cli/output.ts';
import { fcmMessage } from '../../push/fcm-message.ts';
import { connectMessaging } from '../../push/firebase-sender.ts';
import { messageText } from '../../push/message-text.ts';

const [emulatorHost, count, inFlight] = process.argv.slice(2);
const messages = Number(count);
const warmUp = Math.ceil(messages / 10);
const { messaging } = connectMessaging({ projectId: 'scenario-push-bench', emulatorHost });
const limit = pLimit(Number(inFlight));

const send = (n: number) => {
  const key = n.toString(16).padStart(64, '0');
  const text = messageText('inactivity', 'nb', { days: 30 });
  return messaging.send(
    fcmMessage(
      { token: `bench-${n}`, notificationId: key, scenarioType: 'inactivity', text, timeToLiveSeconds: 86_400 },
      new Date(),
    ),
  );
};
const sendAll = (from: number, to: number) =>
  Promise.all(Array.from({ length: to - from }, (_, i) => limit(() => send(from + i))));

await sendAll(0, warmUp); // a worker has been at it for longer, too
const [begun, cpu] = [performance.now(), process.cpuUsage()];
await sendAll(warmUp, warmUp + messages);
const ms = performance.now() - begun;
const { user, system } = process.cpuUsage(cpu);
printJson({
  messages,
  ms: Math.round(ms),
  per_second: Math.round((messages * 1_000) / ms),
  cpu_seconds: (user + system) / 1e6,
});
process.exit(); // keep-alive sockets would hold it open
