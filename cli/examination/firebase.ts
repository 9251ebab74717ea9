import { CodedError } from '../../domain/errors.ts';
import { readPushConfig } from '../../worker/config.ts';
import { createPushFromConfig } from '../../worker/push-from-config.ts';
import type { Environment } from './check.ts';

/** Whether there is a way into Firebase at all; sends nothing. */
export async function examineCredentials(env: Environment): Promise<string> {
  const push = await createPushFromConfig(readPushConfig(env));
  await push.close();
  return `project ${push.projectId}`;
}

/** A dry run to a token that cannot exist: whoever refuses the token has let us in. */
export async function examineFirebase(env: Environment): Promise<string> {
  const push = await createPushFromConfig(readPushConfig(env));
  try {
    const { outcome, trouble } = await push.validate({
      token: 'doctor-asks-whether-the-door-is-open',
      notificationId: 'doctor',
      scenarioType: 'inactivity',
      text: { title: 'Doctor', body: 'A dry run: never delivered.' },
      timeToLiveSeconds: 60,
    });
    if (trouble || outcome.status === 'unknown') {
      const code = trouble?.code ?? (outcome.status === 'unknown' ? outcome.code : '');
      throw new CodedError('E_FIREBASE', `a dry run to project ${push.projectId} failed with ${code}`, {
        fix: 'check the credentials, the project and the network',
      });
    }
    return `project ${push.projectId} answers a dry run`;
  } finally {
    await push.close();
  }
}
