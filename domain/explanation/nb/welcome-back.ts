import type { WelcomeBackWords } from '../welcome-back.ts';
import { days } from './amounts.ts';

export const welcomeBackInNorwegian: WelcomeBackWords = {
  title: 'Velkommen tilbake',
  parameters: {
    gap_days: {
      label: 'Pausens lengde i dager',
      help: 'Hilsenen sendes etter en pause på minst så mange dager.',
    },
    recent_days: {
      label: 'Dager siden likepersonen var tilbake',
      help: 'Hilsenen sendes senest så mange dager etter at likepersonen var aktiv igjen. 0: bare samme dag.',
    },
  },
  noReturn: (recent, gap) => `ikke kommet tilbake ${lately(recent)} etter en pause på ${days(gap)} eller mer`,
  back: (date, gap) => `tilbake ${date} etter ${days(gap)}`,
  isWelcomed: (back) => `${back}, og er allerede ønsket velkommen`,
  untilTheyReturn: (gap) => `likepersonen kommer tilbake etter en pause på ${days(gap)} eller mer`,
  untilTheyReturnAgain: (gap) => `likepersonen kommer tilbake etter en ny pause på ${days(gap)} eller mer`,
};

function lately(recent: number): string {
  if (recent === 0) return 'i dag';
  return recent === 1 ? 'siden i går' : `de siste ${recent} dagene`;
}
