// Validates access tokens as a resource server does (RFC 9068) with npm's oauth4webapi, and reads the metadata in both forms.
// Usage: oauth4webapi.mjs SETUP.json
import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
import assert from 'node:assert/strict';

globalThis.crypto ??= webcrypto; // Node 18 has it only here.
const oauth = await import('oauth4webapi');
const setup = JSON.parse(readFileSync(process.argv[2]));
const issuer = new URL(setup.issuer);

const servers = [];
for (const algorithm of ['oidc', 'oauth2']) {
  servers.push(await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm })));
}
const [server] = servers;
assert.equal(servers[0].token_endpoint, servers[1].token_endpoint);
console.log('oauth4webapi: OpenID and RFC 8414 metadata agree');

const client = { client_id: setup.secret.client_id };
const authentication = oauth.ClientSecretBasic(setup.secret.client_secret);
const parameters = new URLSearchParams({ audience: setup.audience, scope: 'orders:read orders:write' });
const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters);
const { access_token: token } = await oauth.processClientCredentialsResponse(server, client, response);

const call = (value) => new Request('https://orders.example.com/', { headers: { authorization: `Bearer ${value}` } });
const claims = await oauth.validateJwtAccessToken(server, call(token), setup.audience);
assert.equal(claims.client_id, client.client_id);
assert.equal(claims.sub, client.client_id);
assert.equal(claims.scope, 'orders:read orders:write');
console.log('oauth4webapi: a valid RFC 9068 access token');

await assert.rejects(oauth.validateJwtAccessToken(server, call(token), 'https://other.example.com'));
await assert.rejects(oauth.validateJwtAccessToken(server, call(token.slice(0, -4) + 'AAAA'), setup.audience));
// A token that SignToken made is no access token: its typ is JWT.
await assert.rejects(oauth.validateJwtAccessToken(server, call(setup.signed_token), setup.audience));
console.log('oauth4webapi: another audience, a forged signature and another typ are refused');
