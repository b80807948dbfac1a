// Verifies tokens as SAP's client libraries do. Each test is a row of what they expect of /token_keys and /token_key.
// Usage: token_keys.mjs DATA_DIR HTTPS_URL     DATA_DIR is what token_keys_test.sh filled.
import { readFileSync } from 'node:fs';
import { createPublicKey, verify } from 'node:crypto';
import test from 'node:test';
import assert from 'node:assert/strict';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import jwksRsa from 'jwks-rsa';
import jwt from 'jsonwebtoken';

const [folder, url] = process.argv.slice(2);
const base = `https://localhost:${new URL(url).port}`;
const tokenOf = (tenant) => JSON.parse(readFileSync(`${folder}/${tenant}.json`)).token;
const get = (path, headers = {}) => fetch(base + path, { headers });
const keysAt = async (path) => (await (await get(path)).json()).keys;

test('/token_keys holds the key that signs and the one that does not sign yet', async () => {
  assert.deepEqual((await keysAt('/token_keys')).map((key) => key.kid), ['default-jwt-key-dev', 'next']);
});

test('an entry has the members kty, e, use, kid, alg, value and n, in this order', async () => {
  for (const key of await keysAt('/token_keys')) {
    assert.deepEqual(Object.keys(key), ['kty', 'e', 'use', 'kid', 'alg', 'value', 'n']);
    assert.deepEqual([key.kty, key.use, key.alg], ['RSA', 'sig', 'RS256']);
  }
});

test('value is the public key as PEM, the same as n and e, and verifies a token', async () => {
  const [key] = await keysAt('/token_keys');
  const fromValue = createPublicKey(key.value);
  assert.deepEqual(fromValue.export({ format: 'jwk' }), { kty: 'RSA', n: key.n, e: key.e });
  const [header, payload, signature] = tokenOf('dev').split('.');
  assert.ok(verify('sha256', Buffer.from(`${header}.${payload}`), fromValue, Buffer.from(signature, 'base64url')));
  assert.equal(jwt.verify(tokenOf('dev'), key.value, { algorithms: ['RS256'] }).sub, 'alice');
});

test('/token_key is the key that signs', async () => {
  assert.deepEqual(await (await get('/token_key')).json(), (await keysAt('/token_keys'))[0]);
});

test('zid names the tenant, whatever the host says', async () => {
  const [key, ...more] = await keysAt('/token_keys?zid=other');
  assert.deepEqual(Object.keys(key), ['kty', 'crv', 'use', 'kid', 'alg', 'value', 'x', 'y']);
  assert.deepEqual([key.kid, more.length], ['default-jwt-key-other', 0]);
  assert.deepEqual(await (await get('/token_key?zid=other')).json(), key);
});

test('an unknown zid is 400, as for a token that is not to be accepted', async () => {
  const response = await get('/token_keys?zid=nobody');
  assert.equal(response.status, 400);
  assert.deepEqual(Object.keys(await response.json()), ['error', 'error_description']);
});

test('jose verifies tokens of both tenants, and none of the one with the keys of the other', async () => {
  const keysOf = (tenant) => createRemoteJWKSet(new URL(`${base}/token_keys?zid=${tenant}`));
  for (const tenant of ['dev', 'other']) assert.equal((await jwtVerify(tokenOf(tenant), keysOf(tenant))).payload.zid, tenant);
  await assert.rejects(jwtVerify(tokenOf('other'), keysOf('dev')), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
});

test('jwks-rsa and jsonwebtoken verify a token', async () => {
  const client = jwksRsa({ jwksUri: `${base}/token_keys?zid=dev` });
  const { kid } = jwt.decode(tokenOf('dev'), { complete: true }).header;
  const key = await client.getSigningKey(kid);
  assert.equal(jwt.verify(tokenOf('dev'), key.getPublicKey(), { algorithms: ['RS256'] }).zid, 'dev');
});

test('it has a strong tag, answers 304 to it, and may be cached as the JWKS may', async () => {
  for (const path of ['/token_keys', '/token_key']) {
    const first = await get(path);
    const tag = first.headers.get('etag');
    assert.match(tag, /^"[\w-]+"$/);
    const again = await get(path, { 'if-none-match': tag });
    assert.deepEqual([again.status, await again.text()], [304, '']);
    const lifeOf = (response) => Number(/^public, max-age=(\d+)$/.exec(response.headers.get('cache-control'))[1]);
    const jwks = lifeOf(await get('/.well-known/jwks.json'));
    assert.ok(lifeOf(first) >= jwks && lifeOf(first) <= jwks + 2, `${lifeOf(first)} and ${jwks}`);
  }
});
