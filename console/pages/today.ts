import { html } from 'hono/html';
import { Hono } from 'hono';
import type { ConsoleEnv } from '../env.ts';
import { page } from '../layout.ts';
import type { ConsoleServices } from '../services.ts';

export function todayPages(_services: ConsoleServices): Hono<ConsoleEnv> {
  return new Hono<ConsoleEnv>().get('/', (c) =>
    page(c, { title: c.get('words').frame.pages.today, current: 'today' }, html``),
  );
}
