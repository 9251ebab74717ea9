/** Who looks at a page. */
export type Reader = { readonly kind: 'operator' } | Person;

/** Somebody with an access token of Supabase. */
export interface Person {
  readonly kind: 'person';
  /** `auth.uid()`, a UUID. */
  readonly id: string;
  readonly email: string | null;
  /** All that the token says, for `request.jwt.claims`. */
  readonly claims: Readonly<Record<string, unknown>>;
}
