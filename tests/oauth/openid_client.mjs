// Signs in with npm's openid-client (an OpenID Relying Party implementation), by each method, and asks and ends the tokens it got.
// Usage: openid_client.mjs SETUP.json     SETUP is what oauth_clients_test.sh wrote.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { webcrypto } from 'node:crypto';
import assert from 'node:assert/strict';

globalThis.crypto ??= webcrypto; // Node 18 has it only here.
const client = await import('openid-client');
const setup = JSON.parse(readFileSync(process.argv[2]));

// The library's own hook for TLS client certificates, as Node's fetch takes none.
function fetchWithCertificate(cert, key) {
  return (url, { method, headers, body }) =>
    new Promise((resolve, reject) => {
      const call = request(url, { method, headers: Object.fromEntries(new Headers(headers)), cert, key }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve(new Response(Buffer.concat(chunks), { status: response.statusCode, headers: response.headers })));
      });
      call.on('error', reject);
      call.end(body?.toString());
    });
}

async function grant(name, id, metadata, authentication, options) {
  const configuration = await client.discovery(new URL(setup.issuer), id, metadata, authentication, options);
  const tokens = await client.clientCredentialsGrant(configuration, { audience: setup.audience, scope: 'orders:read' });
  assert.equal(tokens.token_type, 'bearer');
  assert.equal(tokens.scope, 'orders:read');
  const shown = await client.tokenIntrospection(configuration, tokens.access_token);
  assert.equal(shown.active, true);
  assert.equal(shown.client_id, id);
  assert.equal(shown.aud, setup.audience);
  await client.tokenRevocation(configuration, tokens.access_token);
  assert.equal((await client.tokenIntrospection(configuration, tokens.access_token)).active, false);
  console.log(`openid-client ${name}: granted, introspected, revoked`);
  return shown;
}

const { secret, key, certificate } = setup;
await grant('client_secret_basic', secret.client_id, secret.client_secret, client.ClientSecretBasic(secret.client_secret));
await grant('client_secret_post', secret.client_id, secret.client_secret, client.ClientSecretPost(secret.client_secret));

const privateKey = await crypto.subtle.importKey('jwk', key.private_jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
await grant('private_key_jwt', key.client_id, undefined, client.PrivateKeyJwt({ key: privateKey, kid: key.kid }));

const bound = await grant('tls_client_auth', certificate.client_id, { use_mtls_endpoint_aliases: true }, client.TlsClientAuth(), {
  [client.customFetch]: fetchWithCertificate(readFileSync(certificate.cert), readFileSync(certificate.key)),
});
assert.equal(bound.cnf['x5t#S256'], certificate.thumbprint);

// What a client is told that is not known, or has a wrong secret.
async function refusal(id, value, authentication) {
  try {
    await grant('what must be refused', id, value, authentication(value));
  } catch (error) {
    return [error.status, error.code, error.error, error.error_description];
  }
  assert.fail('it was let in');
}
for (const authentication of [client.ClientSecretBasic, client.ClientSecretPost]) {
  const wrong = await refusal(secret.client_id, 'wrong', authentication);
  assert.deepEqual(wrong, await refusal('nobody', secret.client_secret, authentication));
  // RFC 6749 section 5.2: a challenge, if the client had used the field Authorization.
  if (authentication === client.ClientSecretBasic) assert.deepEqual(wrong.slice(0, 2), [401, 'OAUTH_WWW_AUTHENTICATE_CHALLENGE']);
  else assert.equal(wrong[2], 'invalid_client');
}
console.log('openid-client: a wrong secret and an unknown client are refused alike');
