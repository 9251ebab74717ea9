import type { Context } from 'hono';
import type { Language } from '../domain/explanation/language.ts';
import type { ReaderClock } from './reader-clock.ts';
import type { Reader } from './reader.ts';
import type { Notices } from './notices.ts';
import type { Words } from './words/en.ts';

/** What every page finds in its context. */
export interface ConsoleEnv {
  Variables: {
    /** Absent on the pages that ask who it is. */
    reader: Reader;
    language: Language;
    words: Words;
    when: ReaderClock;
    /** What a form of this reader carries, and nobody else can know. */
    csrf: string;
    /** What stands above every page. */
    notices: () => Promise<Notices>;
  };
}

export type ConsoleContext = Context<ConsoleEnv>;
