import { readFileSync } from 'node:fs';
import type { Client } from '@temporalio/client';

/** Somewhere that texts end up, and what is there. */
export interface Place {
  readonly name: string;
  readonly text: string;
}

/** Every string and byte of everything that a Temporal server tells about a namespace: one place for each workflow. */
export async function temporalPlaces(client: Client): Promise<Place[]> {
  const { workflowService } = client.connection;
  const namespace = 'default';
  const places: Place[] = [];
  for await (const listed of client.workflow.list()) {
    const execution = { workflowId: listed.workflowId, runId: listed.runId };
    const seen: unknown[] = [await workflowService.describeWorkflowExecution({ namespace, execution })];
    for (let nextPageToken: Uint8Array | undefined; ;) {
      const page = await workflowService.getWorkflowExecutionHistory({
        namespace,
        execution,
        ...(nextPageToken && { nextPageToken }),
      });
      seen.push(page);
      if (!page.nextPageToken?.length) break;
      nextPageToken = page.nextPageToken;
    }
    places.push({ name: `workflow ${listed.type} ${listed.workflowId}`, text: textsOf(seen) });
  }
  // Not the client's own list: it would decode memos, and has no keys.
  const { schedules } = await workflowService.listSchedules({ namespace, maximumPageSize: 1_000 });
  for (const { scheduleId } of schedules) {
    const definition = await workflowService.describeSchedule({ namespace, scheduleId: scheduleId! });
    places.push({ name: `Schedule ${scheduleId}`, text: textsOf(definition) });
  }
  return places;
}

/** A file as it lies on the disk, with what is not yet merged into it. */
export function filePlaces(...files: readonly string[]): Place[] {
  return files.map((file) => ({ name: file, text: readFileSync(file, 'utf8') }));
}

/** All strings in it, keys as well, and all bytes as text. */
function textsOf(value: unknown): string {
  const texts: string[] = [];
  const visit = (part: unknown): void => {
    if (typeof part === 'string') texts.push(part);
    else if (part instanceof Uint8Array) texts.push(Buffer.from(part).toString('utf8'));
    else if (Array.isArray(part)) part.forEach(visit);
    else if (typeof part === 'object' && part !== null) {
      for (const [key, inner] of Object.entries(part)) {
        texts.push(key);
        visit(inner);
      }
    }
  };
  visit(value);
  return texts.join('\n');
}
