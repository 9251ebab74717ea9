export { notifyMentor } from './notify-mentor.ts';
export { scenarioBatch } from './scenario-batch.ts';
export { scenarioSweep } from './scenario-sweep.ts';
