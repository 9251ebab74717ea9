import type { ScenarioRepository } from '../db/scenario-repository.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';

export interface CooldownConfig {
  readonly asOf: Date;
  /** Minutes, 0 or more. 0 = no cooldown. */
  readonly cooldownMinutes: number;
}

/**
 * Whether a mentor's latest record of the type keeps them from being notified at `asOf`. Exactly a cooldown ago passes; a record
 * later than `asOf` counts as well.
 *
 * There for the contract alone: in production the SQL of the evaluation decides, for all mentors of a batch at once.
 */
export async function isCooldownActive(
  userId: string,
  scenarioType: ScenarioType,
  { asOf, cooldownMinutes }: CooldownConfig,
  repository: Pick<ScenarioRepository, 'cooldownEndsAfter'>,
): Promise<boolean> {
  if (!Number.isSafeInteger(cooldownMinutes) || cooldownMinutes < 0) {
    throw new RangeError(`cooldownMinutes: expected a whole number of minutes, 0 or more, got ${cooldownMinutes}`);
  }
  if (cooldownMinutes === 0) return false;
  const cooldown = await repository.cooldownEndsAfter(userId, scenarioType, cooldownMinutes, asOf);
  return cooldown?.isActive ?? false;
}
