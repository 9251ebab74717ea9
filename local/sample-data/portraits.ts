import { isoDay } from './calendar.ts';
import type { MentorSketch, SketchedDevice } from './mentor-sketch.ts';
import { between, weighted } from './random.ts';

/** A kind of mentor, and how many of a thousand are of it. */
export interface Portrait {
  readonly name: string;
  readonly weight: number;
  readonly draw: (mentor: MentorSketch) => void;
}

const NO_DEVICE: SketchedDevice[] = [];

function regular(mentor: MentorSketch): void {
  mentor.active(between(mentor.around.random, 0, Math.max(0, Math.min(mentor.around.terms.inactiveDays, 30) - 3)));
}

/** Silent for `inactive_days` and a few more. */
function quiet(mentor: MentorSketch): void {
  mentor.active(mentor.around.terms.inactiveDays + between(mentor.around.random, 0, 6));
}

/** Silent for so long that so many reminders are due by their cooldown, and each was sent but the last `missing`. */
function reminded(mentor: MentorSketch, reminders: number, daysSinceLast: number): void {
  const { terms, today } = mentor.around;
  const pause = Math.max(1, terms.inactivityCooldownDays);
  const latest = today - daysSinceLast;
  const first = latest - (reminders - 1) * pause;
  mentor.active(today - first + terms.inactiveDays);
  for (let n = 0; n < reminders; n++) mentor.told('inactivity', first + n * pause);
}

/** Sessions of this year just above a threshold, without a notification yet. */
function atMilestone(mentor: MentorSketch, untold = 1): void {
  const { random, terms } = mentor.around;
  const reached = untold === 1 && random() < 0.75 ? 1 : 2;
  mentor.busyYear(terms.thresholds[reached - 1]! + between(random, 0, 3));
  mentor.untoldMilestones = untold;
}

/** A certificate within one of its lead times; returns its index. */
function lapsing(mentor: MentorSketch, type = 0): number {
  const { random, terms, today, certificateTypes } = mentor.around;
  regular(mentor);
  const left = random() < 0.1 ? between(random, 0, terms.leadDays[0]!) : between(random, 0, terms.leadDays.at(-1)!);
  return mentor.holds(certificateTypes[type]!, today + left);
}

/** Back after a pause, a few days ago. */
function returned(mentor: MentorSketch, daysAgo?: number): void {
  const { random, terms, today } = mentor.around;
  const back = today - (daysAgo ?? between(random, 0, terms.recentDays));
  const gone = back - terms.gapDays - between(random, 0, 40);
  mentor.active(today - gone);
  mentor.activities.push(back);
  for (let day = back + 2; day <= today; day += between(random, 1, 3)) mentor.activities.push(day);
}

/** Told of this certificate so many days ago, or on the first day of the lead time that applies now. */
function toldOf(mentor: MentorSketch, certificate: number, daysAgo: number): void {
  const { today, terms } = mentor.around;
  const left = mentor.certificates[certificate]!.expires - today;
  const lead = terms.leadDays.find((days) => days >= left)!;
  mentor.toldOfCertificate(certificate, lead, today - Math.min(daysAgo, lead - left));
}

const optedOut =
  (draw: (mentor: MentorSketch) => void, type: MentorSketch['optedOutOf'][number]) => (mentor: MentorSketch) => {
    draw(mentor);
    mentor.optedOutOf = [type];
  };
const unreachable = (draw: (mentor: MentorSketch) => void) => (mentor: MentorSketch) => {
  draw(mentor);
  mentor.devices = mentor.around.random() < 0.5 ? NO_DEVICE : [{ platform: 'ios', state: 'invalidated' }];
};

/** Every kind there is. What is due and may be sent comes first within each scenario, then what must not be sent. */
export const PORTRAITS: readonly Portrait[] = [
  { name: 'regular', weight: 640, draw: regular },
  {
    name: 'newcomer',
    weight: 20,
    draw: (m) => {
      m.joined = m.around.today - between(m.around.random, 1, 10);
    },
  },
  {
    name: 'never began',
    weight: 5,
    draw: (m) => {
      m.joined = m.around.today - m.around.terms.inactiveDays - between(m.around.random, 0, 40);
    },
  },
  {
    name: 'retired',
    weight: 30,
    draw: (m) => {
      quiet(m);
      m.status = 'inactive';
    },
  },
  {
    name: 'without a chapter',
    weight: 15,
    draw: (m) => {
      quiet(m);
      m.hasChapter = false;
    },
  },

  { name: 'quiet', weight: 22, draw: quiet },
  {
    name: 'quiet, reminded before',
    weight: 12,
    draw: (m) => reminded(m, 1, m.around.terms.inactivityCooldownDays + between(m.around.random, 1, 6)),
  },
  {
    name: 'quiet, dead token',
    weight: 3,
    draw: (m) => {
      quiet(m);
      m.devices = [{ platform: 'android', state: 'dead' }];
    },
  },
  { name: 'quiet, opted out', weight: 6, draw: optedOut(quiet, 'inactivity') },
  {
    name: 'quiet, told this morning',
    weight: 4,
    draw: (m) => {
      quiet(m);
      m.told('inactivity', m.around.today);
    },
  },
  {
    name: 'quiet, cooling down',
    weight: 12,
    draw: (m) => reminded(m, 1, between(m.around.random, 1, m.around.terms.inactivityCooldownDays - 1)),
  },
  { name: 'quiet, unreachable', weight: 5, draw: unreachable(quiet) },
  {
    name: 'quiet, left alone',
    weight: 20,
    draw: (m) => reminded(m, m.around.terms.maxReminders ?? 6, m.around.terms.inactivityCooldownDays + 3),
  },

  { name: 'milestone', weight: 25, draw: (m) => atMilestone(m) },
  { name: 'two milestones at once', weight: 2, draw: (m) => atMilestone(m, 2) },
  { name: 'milestone, opted out', weight: 3, draw: optedOut((m) => atMilestone(m), 'milestone') },
  { name: 'milestone, unreachable', weight: 3, draw: unreachable((m) => atMilestone(m)) },

  {
    name: 'certificate lapsing',
    weight: 30,
    draw: (m) => {
      lapsing(m);
    },
  },
  {
    name: 'two certificates lapsing',
    weight: 6,
    draw: (m) => {
      lapsing(m, 0);
      lapsing(m, 1);
    },
  },
  {
    name: 'second certificate lapsing',
    weight: 8,
    draw: (m) => {
      toldOf(m, lapsing(m, 0), 2);
      lapsing(m, 1);
    },
  },
  { name: 'certificate lapsing, opted out', weight: 3, draw: optedOut(lapsing, 'certification_expiry') },
  { name: 'certificate lapsing, unreachable', weight: 3, draw: unreachable(lapsing) },
  {
    name: 'certificate lapsing, told',
    weight: 15,
    draw: (m) => {
      toldOf(m, lapsing(m), between(m.around.random, 1, 5));
    },
  },
  {
    name: 'certificate renewed',
    weight: 12,
    draw: (m) => {
      const old = lapsing(m);
      m.holds(m.certificates[old]!.type, m.around.today + between(m.around.random, 400, 700));
    },
  },
  {
    name: 'certificate renewed in place',
    weight: 6,
    draw: (m) => {
      regular(m);
      const renewed = m.holds(m.around.certificateTypes[0]!, m.around.today + between(m.around.random, 400, 700));
      const before = m.around.today + between(m.around.random, -20, 20);
      m.toldOfCertificate(renewed, m.around.terms.leadDays.at(-1)!, before - m.around.terms.leadDays.at(-1)!, before);
    },
  },
  {
    name: 'certificate expired',
    weight: 8,
    draw: (m) => {
      regular(m);
      m.holds(m.around.certificateTypes[2]!, m.around.today - between(m.around.random, 1, 200));
    },
  },

  { name: 'returned', weight: 28, draw: (m) => returned(m) },
  { name: 'returned, opted out', weight: 3, draw: optedOut((m) => returned(m), 'welcome_back') },
  { name: 'returned, unreachable', weight: 3, draw: unreachable((m) => returned(m)) },
  {
    name: 'returned, greeted already',
    weight: 8,
    draw: (m) => {
      returned(m, Math.min(2, m.around.terms.recentDays));
      const back = m.around.today - Math.min(2, m.around.terms.recentDays);
      m.told('welcome_back', m.around.today - 1, isoDay(back));
    },
  },
  {
    name: 'returned twice, cooling down',
    weight: 4,
    draw: (m) => {
      const { today, terms } = m.around;
      // Greeted for the first return a few days after it; the second came as soon as it counts as one.
      const second = today - 1;
      const first = second - terms.gapDays;
      m.active(today - first + terms.gapDays + 5);
      m.activities.push(first, second);
      m.told('welcome_back', first + Math.min(5, terms.recentDays), isoDay(first));
    },
  },
];

/** What people carry: one phone mostly, some two devices, some a token that is dead. */
const DEVICES = [
  { weight: 520, devices: [{ platform: 'android', state: 'alive' }] },
  { weight: 300, devices: [{ platform: 'ios', state: 'alive' }] },
  {
    weight: 70,
    devices: [
      { platform: 'android', state: 'alive' },
      { platform: 'ios', state: 'alive' },
    ],
  },
  {
    weight: 40,
    devices: [
      { platform: 'ios', state: 'alive' },
      { platform: 'web', state: 'alive' },
    ],
  },
  { weight: 20, devices: [{ platform: 'web', state: 'alive' }] },
  {
    weight: 20,
    devices: [
      { platform: 'android', state: 'dead' },
      { platform: 'android', state: 'alive' },
    ],
  },
  {
    weight: 20,
    devices: [
      { platform: 'ios', state: 'invalidated' },
      { platform: 'ios', state: 'alive' },
    ],
  },
  { weight: 10, devices: [{ platform: 'android', state: 'dead' }] },
] satisfies { weight: number; devices: SketchedDevice[] }[];

/** Draws the portrait and what every mentor has beside it. */
export function draw(portrait: Portrait, mentor: MentorSketch): void {
  portrait.draw(mentor);
  const { random, today, certificateTypes } = mentor.around;
  mentor.devices ??= weighted(random, DEVICES).devices;
  if (mentor.certificates.length === 0 && random() < 0.7) {
    mentor.holds(certificateTypes[between(random, 0, certificateTypes.length - 1)]!, today + between(random, 100, 700));
  }
  if (random() < 0.02 && mentor.optedOutOf.length === 0) mentor.optedOutOf = ['welcome_back'];
  mentor.tellOfMilestones();
  // Nobody is active before they have joined.
  mentor.joined = Math.min(mentor.joined, mentor.activities[0] ?? mentor.joined);
}
