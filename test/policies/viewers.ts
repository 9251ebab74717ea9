import { id } from './world.ts';

export interface Viewer {
  /** What the connection works as. */
  readonly role: 'anon' | 'authenticated' | 'service_role' | 'scenario_push_worker' | 'scenario_push_rule_writer';
  /** What PostgREST would have put into request.jwt.claims. */
  readonly claims: string;
}

const signedIn = (person: string): Viewer => ({
  role: 'authenticated',
  claims: JSON.stringify({ sub: id(person), role: 'authenticated' }),
});

/** Everybody who might come. North has the chapters Oslo and Bergen, South has Skien. */
export const VIEWERS = {
  anon: { role: 'anon', claims: '{"role": "anon"}' },
  'signed in, no subject': { role: 'authenticated', claims: '' },
  'signed in, no such user': signedIn('stranger'),
  mentor: signedIn('mentor'),
  'inactive mentor': signedIn('paused'),
  coordinator: signedIn('coordinator'),
  'coordinator of another chapter': signedIn('coordinator of bergen'),
  'inactive coordinator': signedIn('former coordinator'),
  administrator: signedIn('administrator'),
  'administrator of another organisation': signedIn('administrator of south'),
  'inactive administrator': signedIn('former administrator'),
  service_role: { role: 'service_role', claims: '{"role": "service_role"}' },
  worker: { role: 'scenario_push_worker', claims: '' },
  'rule writer': { role: 'scenario_push_rule_writer', claims: '' },
} as const satisfies Record<string, Viewer>;

export type ViewerName = keyof typeof VIEWERS;
