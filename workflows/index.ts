export { mentorEvent } from './mentor-event.ts';
export { notifyMentor } from './notify-mentor.ts';
export { refreshDeviceTokens } from './refresh-device-tokens.ts';
export { scenarioBatch } from './scenario-batch.ts';
export { scenarioSweep } from './scenario-sweep.ts';
export { settleBatch } from './settle-batch.ts';
export { settleStrandedClaims } from './settle-stranded-claims.ts';
