import { HOUR, MINUTE, SECOND } from './durations.ts';

/**
 * The times that must fit together, in milliseconds unless a name says otherwise. Each says what it depends on;
 * test/domain/timing holds the inequalities. Tests and fault runs shorten the ones that {@link SendingTimes} lists by
 * passing settings, never by editing code.
 *
 * What happens when a worker dies with requests on the wire, and which times decide:
 *
 *     killed ── HEARTBEAT_TIMEOUT ──▶ Temporal starts the batch elsewhere ── at once ──▶ its database session has ended:
 *                                     what it left undecided is `unknown`
 *     frozen ── HEARTBEAT_TIMEOUT ──▶ the same ── HOLDER_GRACE ──▶ `unknown`; should it wake, nothing that was begun more
 *                                     than LEAVES_WITHIN ago leaves
 */

/** How often an activity tells Temporal that it lives. */
export const BEAT_EVERY = SECOND;

/** Silence after which Temporal takes an activity for dead. Several beats fit in, so that a busy machine loses none. */
export const HEARTBEAT_TIMEOUT = 4 * SECOND;

/**
 * How long Temporal offers a workflow's next step to the worker that has it in memory before any other worker may take
 * it. After a kill all its workflows stand still for this time; the SDK's own 10 s is longer than a batch takes.
 */
export const STICKY_WITHIN = SECOND;

/** An attempt leaves within this time after it was begun, or not at all: whoever was frozen meanwhile may have lost it. */
export const LEAVES_WITHIN = 2 * SECOND;

/** A request without an answer for this long is of unknown outcome. firebase-admin's own time-out, 15 s, comes first. */
export const ANSWER_DEADLINE = 20 * SECOND;

/**
 * PostgreSQL's default for `deadlock_timeout`: of two transactions that wait for each other it ends the one that has waited
 * for so long. What locks many rows therefore waits less, lets go, and starts again: it is hardly ever the organisation's
 * transaction that is ended. (It still is where that one has waited for most of a second before the circle closes.)
 */
export const DEADLOCK_TIMEOUT = SECOND;

/** How long sending waits for a lock before it gives way. */
export const LOCK_WAIT = 300;

/** How long an evaluation does, which has all of its work to do again. */
export const LOCK_WAIT_OF_EVALUATION = 500;

/** How long work that gives way is started again. */
export const GIVE_WAY_FOR = MINUTE;

/** How often a new holder looks whether the one before has decided what it began. */
export const LOOK_EVERY = 250;

/**
 * How long a new holder waits for one that may still live. By then whatever that one began has left
 * ({@link LEAVES_WITHIN}), was answered or given up ({@link ANSWER_DEADLINE}), and was written.
 */
export const HOLDER_GRACE = LEAVES_WITHIN + ANSWER_DEADLINE + SECOND;

/** How long a holder that is told to stop keeps trying to write what it has learned: a restarting database is back by then. */
export const LAST_TRIES = 15 * SECOND;

/** After a worker's own grace period: the longest answer, and the time to write it down. */
export const LAST_ANSWERS = ANSWER_DEADLINE + 3 * SECOND;

/** A probe of a closed push service that says nothing for this long is lost, and another may go out. */
export const PROBE_WITHIN = ANSWER_DEADLINE + LEAVES_WITHIN;

/** First pause after trouble that names no time of its own; doubled each time, with jitter. FCM asks for 10 s. */
export const FIRST_PAUSE = 10 * SECOND;
export const LONGEST_PAUSE = MINUTE;

/**
 * A platform whose devices are all refused is tried again after this at the latest: until somebody renews a key, each try
 * costs refusals.
 */
export const LONGEST_PLATFORM_PAUSE = 15 * MINUTE;

/** A pause that the push service asks for is obeyed up to here: a header must not stop the service for years. */
export const LONGEST_ASKED_PAUSE = HOUR;

/** How long sending takes to rise from a tenth of the rate to the whole, as FCM asks. */
export const RAMP = MINUTE;

/**
 * A worker aims to be done with all of a scenario type's sweep in about this time, and keeps no more requests in flight
 * than that takes.
 */
export const DRAIN_WITHIN = 6 * SECOND;

/** A batch whose next attempt is further away is settled by a workflow of its own, and its sweep goes on. */
export const HAND_OVER_AFTER = 90 * SECOND;

/** A batch that would claim later than this after its `as_of` only reports, unless it was asked to send late. */
export const LATE_AFTER = 6 * HOUR;

/** What is braked and not answered for this long is withdrawn. */
export const BRAKE_ANSWER_WITHIN = 6 * HOUR;

/**
 * A Firebase installation id that was registered less than this ago and is answered "unregistered" is tried again, and not
 * invalidated: FCM may not know it yet, or not while its app still asks for registration tokens (firebase-admin-dotnet
 * issue 534, firebase-js-sdk discussion 10212).
 */
export const INSTALLATION_IS_NEW_FOR = 24 * HOUR;

/** A claim that is older is evaluated again before it is sent. */
export const CHECK_AGAIN_AFTER = 15 * MINUTE;

/** How far the clocks of two machines may disagree before an instant counts as one of the future. */
export const CLOCK_SKEW = 5 * SECOND;

/** A sweep of an instant that lies ahead by less waits for it: a Schedule's time comes from the clock of Temporal. */
export const LONGEST_AHEAD = MINUTE;

/** No statement of a worker takes longer; Temporal has given up most activities by then. Evaluations have limits of their own. */
export const LONGEST_STATEMENT = 2 * MINUTE;

/** What a dispatch is timed by; tests and fault runs pass shorter ones. */
export interface SendingTimes {
  /**
   * Waits after the first, second, … attempt whose outcome stays unknown; after one more it is held. Together they fit
   * into the shortest time to live, a day.
   */
  readonly unknownRetryDelaysMs: readonly number[];
  /** Waits after the first, second, … definite refusal that may be tried again; the last one repeats. */
  readonly refusedRetryDelaysMs: readonly number[];
  /** After this time since its claim, a notification that was always definitely refused is given up. */
  readonly giveUpAfterMs: number;
  readonly holderGraceMs: number;
  readonly lastTriesMs: number;
  readonly checkAgainAfterMs: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  readonly handOverAfterMs: number;
  readonly brakeAnswerWithinMs: number;
}

export const SENDING_TIMES: SendingTimes = {
  unknownRetryDelaysMs: [10 * SECOND, MINUTE, 15 * MINUTE, 3 * HOUR],
  refusedRetryDelaysMs: [SECOND, 10 * SECOND, MINUTE, 5 * MINUTE],
  giveUpAfterMs: HOUR,
  holderGraceMs: HOLDER_GRACE,
  lastTriesMs: LAST_TRIES,
  checkAgainAfterMs: CHECK_AGAIN_AFTER,
  firstPauseMs: FIRST_PAUSE,
  longestPauseMs: LONGEST_PAUSE,
  handOverAfterMs: HAND_OVER_AFTER,
  brakeAnswerWithinMs: BRAKE_ANSWER_WITHIN,
};
