import type { Language } from '../../domain/explanation/language.ts';
import { SCENARIO_TYPES, SCENARIOS, type ScenarioType } from '../../domain/scenarios/registry.ts';

/** What stands around every page, and in place of one. */
const en = {
  product: 'Peer mentor notifications',
  pages: {
    today: 'Today',
    mentors: 'Mentors',
    chapters: 'Chapters',
    rules: 'Rules',
    held: 'Held',
    sweeps: 'Sweeps',
    effect: 'Did it help?',
  },
  scenarios: titlesIn('en'),
  skip: 'Skip to the content',
  navigation: 'Pages',
  pager: { label: 'Pages of the list', first: 'From the beginning', next: 'Next page' },
  language: 'Language',
  languages: { nb: 'Norsk', en: 'English' },
  operator: 'Operator of this machine',
  signOut: 'Sign out',
  times: (timezone: string) => `Times are those of ${timezone}.`,
  halted: (since: string, note: string) =>
    `All sending is halted since ${since}: “${note}”. Nothing is sent until somebody ends the halt.`,
  halts: 'End the halt',
  signIn: {
    title: 'Sign in',
    lead: 'Sign in to see what concerns your chapter or organisation.',
    email: 'E-mail address',
    password: 'Password',
    submit: 'Sign in',
    operator: 'Operators open the address that “scenario-push console” prints.',
    refused: 'E-mail address or password is wrong.',
    expired: 'You are no longer signed in. Sign in again.',
    forOperators: 'For operators',
    token: 'Token of the console',
    wrongAddress: 'This address no longer works. Open the one that “scenario-push console” printed last.',
    wrongToken: 'This is not the token of the console.',
  },
  failures: {
    back: 'To the first page',
    code: 'Code',
    notFound: { title: 'Not here', text: 'There is no such page, or nothing that you may see.' },
    forbiddenForm: {
      title: 'Nothing was changed',
      text: 'The form was not sent from a page of yours, or that page is too old. Open it again, and repeat what you did.',
    },
    tooLarge: {
      title: 'Too large',
      text: (limit: string) => `The form holds more than ${limit}. Nothing was changed.`,
    },
    database: { title: 'The database does not answer', text: 'Try again in a moment.' },
    temporal: { title: 'The Temporal server does not answer', text: 'Try again in a moment.' },
    notKnown: 'Nobody knows whether it was done. Look before you try again.',
    signInTooOften: { title: 'Too many tries to sign in', text: 'Wait five minutes, and try again.' },
    signInService: {
      title: 'Nobody can sign in at the moment',
      text: 'The service that people sign in with does not answer. Try again in a moment.',
    },
    refused: { title: 'That was not possible', text: 'Nothing was changed.' },
    unexpected: { title: 'Something went wrong', text: 'What happened is in the log of the console.' },
  },
};

const nb: typeof en = {
  product: 'Varsler til likepersoner',
  pages: {
    today: 'I dag',
    mentors: 'Likepersoner',
    chapters: 'Lokallag',
    rules: 'Regler',
    held: 'Til avgjørelse',
    sweeps: 'Gjennomganger',
    effect: 'Hjalp det?',
  },
  scenarios: titlesIn('nb'),
  skip: 'Hopp til innholdet',
  navigation: 'Sider',
  pager: { label: 'Sider i listen', first: 'Fra begynnelsen', next: 'Neste side' },
  language: 'Språk',
  languages: { nb: 'Norsk', en: 'English' },
  operator: 'Driftsansvarlig på denne maskinen',
  signOut: 'Logg ut',
  times: (timezone) => `Klokkeslett gjelder for ${timezone}.`,
  halted: (since, note) =>
    `All utsending er stanset siden ${since}: «${note}». Ingenting sendes før noen opphever stansen.`,
  halts: 'Opphev stansen',
  signIn: {
    title: 'Logg inn',
    lead: 'Logg inn for å se det som gjelder lokallaget eller organisasjonen din.',
    email: 'E-postadresse',
    password: 'Passord',
    submit: 'Logg inn',
    operator: 'Driftsansvarlige åpner adressen som «scenario-push console» skriver ut.',
    refused: 'E-postadressen eller passordet er feil.',
    expired: 'Du er ikke lenger logget inn. Logg inn på nytt.',
    forOperators: 'For driftsansvarlige',
    token: 'Konsollens token',
    wrongAddress: 'Denne adressen virker ikke lenger. Åpne den som «scenario-push console» skrev ut sist.',
    wrongToken: 'Dette er ikke konsollens token.',
  },
  failures: {
    back: 'Til forsiden',
    code: 'Kode',
    notFound: { title: 'Ikke her', text: 'Siden finnes ikke, eller den viser ikke noe som du har tilgang til.' },
    forbiddenForm: {
      title: 'Ingenting ble endret',
      text: 'Skjemaet ble ikke sendt fra en av dine sider, eller siden er for gammel. Åpne den på nytt, og gjenta det du gjorde.',
    },
    tooLarge: { title: 'For stort', text: (limit) => `Skjemaet inneholder mer enn ${limit}. Ingenting ble endret.` },
    database: { title: 'Databasen svarer ikke', text: 'Prøv igjen om litt.' },
    temporal: { title: 'Temporal-serveren svarer ikke', text: 'Prøv igjen om litt.' },
    notKnown: 'Det er ikke kjent om det ble gjort. Se etter før du prøver igjen.',
    signInTooOften: { title: 'For mange forsøk på å logge inn', text: 'Vent fem minutter, og prøv igjen.' },
    signInService: {
      title: 'Ingen kan logge inn akkurat nå',
      text: 'Innloggingstjenesten svarer ikke. Prøv igjen om litt.',
    },
    refused: { title: 'Det gikk ikke', text: 'Ingenting ble endret.' },
    unexpected: { title: 'Noe gikk galt', text: 'Hva som skjedde, står i loggen til konsollen.' },
  },
};

export const frame = { en, nb };

function titlesIn(language: Language): Record<ScenarioType, string> {
  const titles = SCENARIO_TYPES.map((type) => [type, SCENARIOS[type].words[language].title]);
  return Object.fromEntries(titles) as Record<ScenarioType, string>;
}
