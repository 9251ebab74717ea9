import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { mustClose } from './leaks.ts';

export const ANON_KEY = 'the public key of the project';

export interface SupabaseProject {
  readonly url: string;
  /** Somebody who can sign in. */
  add(email: string, password: string, userId: string, claims?: Record<string, unknown>): void;
  /** An access token as this project signs them. */
  token(userId: string, claims?: Record<string, unknown>): Promise<string>;
  stop(): Promise<void>;
}

/** As much of a Supabase project as signs people in: real keys, real tokens. To be stopped in `afterAll`. */
export async function startSupabaseProject(alg: 'ES256' | 'RS256'): Promise<SupabaseProject> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  const jwk = { ...(await exportJWK(publicKey)), kid: `key of ${alg}`, alg, use: 'sig' };
  const people = new Map<string, { password: string; userId: string; claims: Record<string, unknown> }>();
  const token = (userId: string, claims: Record<string, unknown> = {}) =>
    new SignJWT({ role: 'authenticated', aud: 'authenticated', email: 'kari@example.org', ...claims })
      .setProtectedHeader({ alg, kid: jwk.kid })
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime(typeof claims['exp'] === 'number' ? claims['exp'] : '1 h')
      .sign(privateKey);
  const server = createServer((req, res) => {
    const answer = (status: number, body: unknown) =>
      void res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (req.url === '/auth/v1/.well-known/jwks.json') return answer(200, { keys: [jwk] });
    if (req.url !== '/auth/v1/token?grant_type=password') return answer(404, {});
    if (req.headers['apikey'] !== ANON_KEY) return answer(401, { message: 'No API key found in request' });
    let text = '';
    req.on('data', (chunk) => (text += String(chunk)));
    req.on('end', () => {
      const { email, password } = JSON.parse(text) as { email: string; password: string };
      const found = people.get(email);
      if (password === 'limited') return answer(429, { error_code: 'over_request_rate_limit' });
      if (found?.password !== password) return answer(400, { error_code: 'invalid_credentials' });
      void token(found.userId, { email, ...found.claims }).then((access_token) =>
        answer(200, { access_token, token_type: 'bearer', expires_in: 3_600, refresh_token: 'kept nowhere' }),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const closed = mustClose('Supabase project (call stop() in afterAll)');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (email, password, userId, claims = {}) => void people.set(email, { password, userId, claims }),
    token,
    async stop() {
      server.closeAllConnections();
      server.close();
      closed();
    },
  };
}
