import { isScenarioType, SCENARIO_TYPES, type ScenarioType } from '../domain/scenarios/registry.ts';
import { DEFAULT_BRAKE, type BrakeSetting } from '../domain/brake.ts';
import { planKey, type SweepMode } from '../domain/sweep.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { CodedError } from '../domain/errors.ts';
import { refuseTheFuture } from '../domain/future.ts';
import type { Dependencies } from './dependencies.ts';
import { untilReached } from './until-reached.ts';

export interface PlanRequest {
  readonly workflowId: string;
  readonly firstRunId: string;
  /** ISO instant. */
  readonly asOf: string;
  /** Absent or empty = all. */
  readonly scenarioTypes?: readonly string[] | undefined;
  readonly mode: SweepMode;
  readonly mentorsPerBatch: number;
  /** Absent: asked by a build that knows of no brake. */
  readonly brake?: BrakeSetting;
  /** Of the Schedule; what the sweep's EvaluationDate is a date in. */
  readonly timezone: string;
}

export interface SweepPlan {
  readonly scenarioTypes: readonly ScenarioType[];
  /** Batches per scenario type: even parts of the UUID space. */
  readonly batches: number;
  readonly planKey: string;
  readonly mentors: number;
  /** `YYYY-MM-DD` in the request's timezone. */
  readonly evaluationDate: string;
}

/** Divides the audience once for the whole sweep and registers its runs. */
export async function planSweep(request: PlanRequest, { repository, ...deps }: Dependencies): Promise<SweepPlan> {
  const scenarioTypes = readTypes(request.scenarioTypes);
  const asOf = readInstant(request.asOf);
  const now = await untilReached(asOf, deps);
  refuseTheFuture({ asOf, now });
  const evaluationDate = dateIn(request.timezone, asOf);
  const mentors = await repository.countMentors();
  const batches = Math.max(1, Math.ceil(mentors / request.mentorsPerBatch));
  const plan = planKey(asOf.toISOString(), batches, request.mode);
  const brake = request.brake === false ? null : request.brake;
  for (const scenarioType of scenarioTypes) {
    await repository.startRun({
      workflowId: request.workflowId,
      firstRunId: request.firstRunId,
      scenarioType,
      planKey: plan,
      asOf,
      now,
    });
    if (brake === undefined) continue;
    await repository.planBrake(
      { planKey: plan, scenarioType },
      { brake: brake && { ...DEFAULT_BRAKE, ...brake }, batches, mentors, allowance: request.mode.limit, now },
    );
  }
  return { scenarioTypes, batches, planKey: plan, mentors, evaluationDate };
}

/** All where none is given. Throws E_SCENARIO_TYPE. */
export function readTypes(given: readonly string[] | undefined): ScenarioType[] {
  if (!given || given.length === 0) return [...SCENARIO_TYPES];
  const wrong = given.find((type) => !isScenarioType(type));
  if (wrong !== undefined) {
    throw new CodedError(
      'E_SCENARIO_TYPE',
      `scenarioTypes: expected some of ${SCENARIO_TYPES.join(', ')}, got ${wrong.slice(0, 80)}.${didYouMean(wrong.slice(0, 80), SCENARIO_TYPES)}`,
    );
  }
  return [...new Set(given as ScenarioType[])];
}

function readInstant(text: string): Date {
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) {
    throw new CodedError('E_AS_OF', `asOf: expected an ISO 8601 instant such as 2026-11-20T09:00:00Z, got "${text}"`);
  }
  return instant;
}

function dateIn(timezone: string, instant: Date): string {
  try {
    // The Swedish locale writes dates as ISO 8601 does.
    return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone }).format(instant);
  } catch {
    throw new CodedError('E_TIMEZONE', `timezone: expected an IANA name such as Europe/Oslo, got "${timezone}"`);
  }
}
