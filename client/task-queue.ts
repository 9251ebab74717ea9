/** Where workers listen; part of the interface. */
export const TASK_QUEUE = 'scenario-push';
