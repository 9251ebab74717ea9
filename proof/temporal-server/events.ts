import { randomUUID } from 'node:crypto';
import type { MentorEventResult } from '../../workflows/mentor-event.ts';
import type { Scene } from '../chaos/weather/scene.ts';
import type { Cluster } from './cluster.ts';
import { require, type Seen } from './steps.ts';

/** As docs/applications.md shows it for an edge function; the mentor has been told, so nothing more is sent. */
export async function eventOverHttp(scene: Scene, cluster: Cluster): Promise<Seen> {
  const userId = scene.dueThen[0]!.user_id;
  const id = `activity-${randomUUID()}`;
  const sent = scene.posts().length;
  const report = () =>
    fetch(`${cluster.httpUrl}/api/v1/namespaces/default/workflows/${id}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        workflowType: { name: 'mentorEvent' },
        taskQueue: { name: 'scenario-push' },
        input: [{ userId, scenarioTypes: ['welcome_back', 'milestone'] }],
        requestId: randomUUID(),
        workflowIdReusePolicy: 'WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE',
      }),
    });
  const first = await report();
  require(first.ok, `POST: ${first.status} ${await first.text()}`);
  const result = (await scene.stack.client.workflow.getHandle(id).result()) as MentorEventResult;
  require(result.user_id === userId, JSON.stringify(result));
  const again = await report();
  require(again.status === 409, `reported again: ${again.status} ${await again.text()}`);
  require(scene.posts().length === sent, 'a mentor who had been told was told again');
  return 'one evaluated, the same one again answered with 409';
}
