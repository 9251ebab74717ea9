import { html } from 'hono/html';
import type { Html } from './layout.ts';

export function mentorLink(id: string): Html {
  return html`<a class="key" href="/mentors/${id}">${id}</a>`;
}
