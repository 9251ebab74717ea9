import { CodedError } from '../domain/errors.ts';
import { createFirebaseSender, credentialsFault } from '../push/firebase-sender.ts';
import type { PushSender } from '../push/push-sender.ts';
import type { PushConfig } from './config.ts';

const EMULATED_PROJECT = 'scenario-push-local';

/** Throws E_NO_CREDENTIALS where there is neither an emulator nor a way into Firebase: nothing could ever be sent. */
export async function createPushFromConfig({ projectId, emulatorHost }: PushConfig): Promise<PushSender> {
  if (emulatorHost) return createFirebaseSender({ projectId: projectId ?? EMULATED_PROJECT, emulatorHost });
  const fault = await credentialsFault();
  if (fault) {
    throw new CodedError('E_NO_CREDENTIALS', `Firebase gives no access (${fault})`, {
      fix: "set GOOGLE_APPLICATION_CREDENTIALS to the path of a service account's JSON file, run where the platform has default credentials, or set FIREBASE_MESSAGING_EMULATOR_HOST=host:port for an emulator",
    });
  }
  if (!projectId) {
    throw new CodedError('E_NO_PROJECT', 'the credentials name no Firebase project', {
      fix: 'set FIREBASE_PROJECT_ID',
    });
  }
  return createFirebaseSender({ projectId });
}
