// Manages signing keys and clients with Auth0's SDK. Each test is a row of what Auth0's API promises.
// Usage: auth0_sdk.mjs DATA_DIR HTTPS_URL     DATA_DIR is what auth0_sdk_test.sh filled.
import { readFileSync } from 'node:fs';
import { createHash, createPrivateKey, createPublicKey, webcrypto, X509Certificate } from 'node:crypto';
import test from 'node:test';
import assert from 'node:assert/strict';
import { ManagementClient } from 'auth0';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import jwksRsa from 'jwks-rsa';

// The SDK expects it of Node 20; Debian 12 has Node 18.
globalThis.crypto ??= webcrypto;

const [folder, url] = process.argv.slice(2);
const port = new URL(url).port;
const domain = `localhost:${port}`;
const read = (name) => JSON.parse(readFileSync(`${folder}/${name}.json`));

function connect(name, options = {}) {
  const { clientid: clientId, clientsecret: clientSecret } = read(name);
  return new ManagementClient({ domain, clientId, clientSecret, ...options });
}

// The ring's idempotency window in this test, and a little more.
const pastTheWindow = () => new Promise((resolve) => setTimeout(resolve, 6200));
const jwks = async () => (await (await fetch(`https://${domain}/.well-known/jwks.json`)).json()).keys;
const management = connect('dev');
const byRole = async (role) => (await management.keys.signing.list()).find((key) => key[role]);

async function fails(promise, status, body) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.statusCode, status);
    for (const [name, value] of Object.entries(body)) assert.equal(error.body[name], value);
    return true;
  });
}

test('list: the current, the next and the previous key, with all members that Auth0 requires', async () => {
  const keys = await management.keys.signing.list();
  assert.deepEqual(keys.map((key) => [key.current, key.next, key.previous, key.revoked])[0], [true, false, false, false]);
  assert.equal(keys.filter((key) => key.current).length, 1);
  assert.equal(keys.filter((key) => key.next).length, 1);
  for (const key of keys) {
    assert.match(key.cert, /^-----BEGIN CERTIFICATE-----\r\n(?:[\w+/=]+\r\n)+-----END CERTIFICATE-----\r\n$/);
    assert.match(key.pkcs7, /^-----BEGIN PKCS7-----\r\n/);
    const certificate = new X509Certificate(key.cert);
    assert.equal(key.fingerprint, certificate.fingerprint);
    assert.equal(key.thumbprint, certificate.fingerprint.replaceAll(':', ''));
  }
});

test('get: the same key; an unknown one is 404', async () => {
  const current = await byRole('current');
  assert.deepEqual(await management.keys.signing.get(current.kid), current);
  await fails(management.keys.signing.get('nobody'), 404, { statusCode: 404, error: 'Not Found', message: 'Signing key not found.' });
});

test('the JWKS holds the current and the next key, with the members of Auth0', async () => {
  const keys = await jwks();
  for (const role of ['current', 'next']) {
    const { kid, cert, thumbprint } = await byRole(role);
    const entry = keys.find((key) => key.kid === kid);
    for (const member of ['alg', 'kty', 'use', 'x5c', 'n', 'e', 'kid', 'x5t']) assert.ok(entry[member], member);
    assert.equal(Buffer.from(entry.x5t, 'base64url').toString('hex').toUpperCase(), thumbprint);
    const key = await jwksRsa({ jwksUri: `https://${domain}/.well-known/jwks.json` }).getSigningKey(kid);
    const inCertificate = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'pem' });
    assert.equal(createPublicKey(key.getPublicKey()).export({ type: 'spki', format: 'pem' }), inCertificate);
  }
});

test('rotate: 201 with the next key; next becomes current, current becomes previous', async () => {
  await pastTheWindow();
  const [current, next] = [await byRole('current'), await byRole('next')];
  const { data, rawResponse } = await management.keys.signing.rotate().withRawResponse();
  assert.equal(rawResponse.status, 201);
  assert.deepEqual(Object.keys(data), ['cert', 'kid']);
  assert.equal((await byRole('current')).kid, next.kid);
  assert.equal((await byRole('previous')).kid, current.kid);
  const made = await byRole('next');
  assert.deepEqual(data, { cert: made.cert, kid: made.kid });
});

// Has the SDK rotate while the first answers are lost behind Signet: it is given `statuses` in place of them, with a second to wait
// before it repeats its call. What Signet answers has to be the outcome of one rotation, each time.
async function rotateOnceInSpiteOf(statuses, requestOptions) {
  await pastTheWindow();
  await management.keys.signing.revoke((await byRole('previous')).kid);
  const [current, next] = [await byRole('current'), await byRole('next')];
  const answered = [];
  const lossy = connect('dev', {
    fetch: async (target, init) => {
      const response = await fetch(target, init);
      if (!String(target).endsWith('/rotate')) return response;
      answered.push([response.status, (await response.clone().json()).kid]);
      const status = statuses[answered.length - 1];
      return status ? new Response('{}', { status, headers: { 'retry-after': '1' } }) : response;
    },
  });
  const { kid } = await lossy.keys.signing.rotate(requestOptions);
  assert.deepEqual(answered, Array(statuses.length + 1).fill([201, kid]));
  assert.equal((await byRole('previous')).kid, current.kid);
  assert.equal((await byRole('current')).kid, next.kid);
  assert.equal((await byRole('next')).kid, kid);
}

test('rotate: a call that the SDK repeats after a 503 and a 429 rotates once', () => rotateOnceInSpiteOf([503, 429], { maxRetries: 3 }));

// Without being told to: it repeats a call twice, after 408, 429 and from 500 on.
test('rotate: a call that the SDK repeats by itself after a 408 and a 500 rotates once', () => rotateOnceInSpiteOf([408, 500]));

test('revoke: only the previous key; it leaves the JWKS and stays listed', async () => {
  const previous = await byRole('previous');
  assert.ok((await jwks()).some((key) => key.kid === previous.kid));
  for (const role of ['current', 'next']) {
    await fails(management.keys.signing.revoke((await byRole(role)).kid), 400, { error: 'Bad Request' });
  }
  assert.deepEqual(await management.keys.signing.revoke(previous.kid), { cert: previous.cert, kid: previous.kid });
  assert.ok(!(await jwks()).some((key) => key.kid === previous.kid));
  const listed = await management.keys.signing.get(previous.kid);
  assert.deepEqual([listed.revoked, listed.previous], [true, false]);
  assert.match(listed.revoked_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  await fails(management.keys.signing.revoke('nobody'), 404, { message: 'Signing key not found.' });
});

// The SDK takes a domain with a path, but asks for no token there.
async function connectToShop() {
  const { clientid: clientId, clientsecret: clientSecret } = read('shop');
  const body = { client_id: clientId, client_secret: clientSecret, grant_type: 'client_credentials',
    audience: `${url}/t/shop/api/v2/` };
  // In JSON, as the older SDKs of Auth0 ask for it.
  const granted = await (await fetch(`${url}/t/shop/oauth/token`,
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json();
  assert.match(granted.scope, /read:signing_keys/);
  const token = granted.access_token;
  return { token, client: new ManagementClient({ domain: `${new URL(url).host}/t/shop`, token }) };
}

test('a tenant without a host is reached by its path', async () => {
  const keys = await (await connectToShop()).client.keys.signing.list();
  assert.ok(keys.some((key) => key.current));
});

test('a token of another tenant, and none, is 401 "Invalid token."', async () => {
  const { token: others } = await connectToShop();
  for (const token of [others, 'x']) {
    const other = new ManagementClient({ domain, token });
    await fails(other.keys.signing.list(), 401, { statusCode: 401, error: 'Unauthorized', message: 'Invalid token.' });
  }
});

test('scopes that are missing are 403, and named', async () => {
  const reader = connect('reader');
  assert.ok((await reader.keys.signing.list()).length >= 2);
  await fails(reader.keys.signing.rotate(), 403, { statusCode: 403, error: 'Forbidden', errorCode: 'insufficient_scope',
    message: 'Insufficient scope; expected create:signing_keys and update:signing_keys.' });
  await fails(reader.keys.signing.revoke('x'), 403, { message: 'Insufficient scope; expected update:signing_keys.' });
});

test('scopes of clients have the names that Auth0 gives them', async () => {
  const reader = connect('reader');
  const id = read('application').clientid;
  await fails(reader.clients.rotateSecret(id), 403, { message: 'Insufficient scope; expected update:client_keys.' });
  await fails(reader.clients.credentials.list(id), 403, { message: 'Insufficient scope; expected read:client_credentials.' });
  await fails(reader.clients.credentials.create(id, { credential_type: 'public_key', pem: 'x' }), 403,
    { message: 'Insufficient scope; expected create:client_credentials.' });
  await fails(reader.clients.credentials.delete(id, 'x'), 403, { message: 'Insufficient scope; expected delete:client_credentials.' });
  assert.deepEqual(await connect('clients').clients.credentials.list(id), await management.clients.credentials.list(id));
});

test('rotation quota: 5, then 429 with the fields of the rate', async () => {
  const { client: shop } = await connectToShop();
  let refused;
  for (let i = 0; i < 6 && !refused; ++i) {
    const previous = (await shop.keys.signing.list()).find((key) => key.previous);
    if (previous) await shop.keys.signing.revoke(previous.kid);
    await shop.keys.signing.rotate({ maxRetries: 0 }).catch((error) => { refused = error; });
  }
  assert.equal(refused.statusCode, 429);
  assert.deepEqual([refused.body.error, refused.body.errorCode], ['Too Many Requests', 'too_many_requests']);
  const field = (name) => Number(refused.rawResponse.headers.get(name));
  assert.deepEqual([field('x-ratelimit-limit'), field('x-ratelimit-remaining')], [5, 0]);
  assert.ok(field('x-ratelimit-reset') > Date.now() / 1000);
});

test('clients: rotate-secret gives a new secret, and the old one ends', async () => {
  const { clientid: clientId, clientsecret: clientSecret } = read('reader');
  const rotated = await management.clients.rotateSecret(clientId);
  assert.equal(rotated.client_id, clientId);
  assert.notEqual(rotated.client_secret, clientSecret);
  const reader = new ManagementClient({ domain, clientId: rotated.client_id, clientSecret: rotated.client_secret });
  assert.ok((await reader.keys.signing.list()).length >= 2);
  await assert.rejects(connect('reader').keys.signing.list());
  await fails(management.clients.rotateSecret('nobody'), 404, { message: 'The client does not exist.' });
});

test('clients: rotate-secret needs the scope update:client_keys and no other', async () => {
  const rotator = connect('rotator');
  const { clientid: clientId, clientsecret: clientSecret } = read('spare');
  await fails(rotator.clients.credentials.list(clientId), 403, { message: 'Insufficient scope; expected read:client_credentials.' });
  const rotated = await rotator.clients.rotateSecret(clientId);
  assert.equal(rotated.client_id, clientId);
  assert.notEqual(rotated.client_secret, clientSecret);
  // The new secret is good.
  const spare = new ManagementClient({ domain, clientId, clientSecret: rotated.client_secret });
  assert.equal((await spare.clients.rotateSecret(clientId)).client_id, clientId);
});

test('clients: credentials, two at most, whose kid is the RFC 7638 thumbprint', async () => {
  const id = read('application').clientid;
  const pem = readFileSync(`${folder}/two.pub`, 'utf8');
  const added = await management.clients.credentials.create(id, { credential_type: 'public_key', name: 'two', pem, alg: 'RS256' });
  assert.match(added.id, /^cred_[A-Za-z0-9]{22}$/);
  const { kty, n, e } = createPublicKey(pem).export({ format: 'jwk' });
  assert.equal(added.kid, createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url'));
  await fails(management.clients.credentials.create(id, { credential_type: 'public_key', pem, kid: 'three' }), 409, {});
  const listed = await management.clients.credentials.list(id);
  assert.equal(listed.length, 2);
  assert.deepEqual(await management.clients.credentials.get(id, added.id), added);
  // private_key_jwt with the key that was added.
  const application = new ManagementClient({ domain, clientId: id, clientAssertionSigningAlg: 'RS256',
    clientAssertionSigningKey: readFileSync(`${folder}/two.pem`, 'utf8') });
  assert.ok((await application.keys.signing.list()).length >= 2);
  await management.clients.credentials.delete(id, added.id);
  await fails(management.clients.credentials.get(id, added.id), 404, {});
});

test('the issuer has a slash at its end, in tokens and in discovery, and verifiers find the JWKS from it', async () => {
  const issuer = `https://${domain}/`;
  for (const path of ['.well-known/openid-configuration', '/.well-known/openid-configuration', '.well-known/oauth-authorization-server']) {
    const metadata = await (await fetch(issuer + path)).json();
    assert.equal(metadata.issuer, issuer, path);
    assert.deepEqual((await (await fetch(metadata.jwks_uri)).json()).keys, await jwks());
  }
  const { clientid: client_id, clientsecret: client_secret } = read('shopper');
  const { access_token: token } = await (await fetch(`${issuer}oauth/token`, { method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret, audience: 'https://orders.example' }) })).json();
  const keys = createRemoteJWKSet(new URL(`${issuer}.well-known/jwks.json`));
  const { payload } = await jwtVerify(token, keys, { issuer, audience: 'https://orders.example' });
  assert.equal(payload.iss, issuer);
  await assert.rejects(jwtVerify(token, keys, { issuer: `https://${domain}` }), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' });
});

test('custom signing keys: up to 10 public JWKs, replaced as a whole, and published in the JWKS', async () => {
  const custom = management.keys.customSigning;
  const own = await jwks();
  await fails(custom.get(), 404, { statusCode: 404, error: 'Not Found' });
  const jwkOf = (file) => createPublicKey(readFileSync(`${folder}/${file}`)).export({ format: 'jwk' });
  const one = { ...jwkOf('one.pub'), kid: 'one', use: 'sig', alg: 'PS256', key_ops: ['verify'] };
  const { data, rawResponse } = await custom.set({ keys: [one] }).withRawResponse();
  assert.deepEqual([rawResponse.status, data], [200, { keys: [one] }]);
  const { keys: [two] } = await custom.set({ keys: [jwkOf('two.pub')] });
  assert.equal(two.kid, createHash('sha256').update(JSON.stringify({ e: two.e, kty: 'RSA', n: two.n })).digest('base64url'));
  assert.deepEqual(await custom.get(), { keys: [two] });
  assert.deepEqual(await jwks(), [...own, two]);
  const published = await jwksRsa({ jwksUri: `https://${domain}/.well-known/jwks.json` }).getSigningKey(two.kid);
  assert.equal(published.getPublicKey(), readFileSync(`${folder}/two.pub`, 'utf8'));
  await custom.set({ keys: Array.from({ length: 10 }, (_, i) => ({ ...one, kid: `${i}` })) });
  await fails(custom.set({ keys: Array.from({ length: 11 }, (_, i) => ({ ...one, kid: `${i}` })) }), 400, { errorCode: 'invalid_body' });
  assert.equal((await custom.get()).keys.length, 10);
  await fails(custom.set({ keys: [{ ...one, kid: own[0].kid }] }), 409, {});
  const secret = createPrivateKey(readFileSync(`${folder}/one.pem`)).export({ format: 'jwk' });
  await fails(custom.set({ keys: [secret] }), 400, { errorCode: 'invalid_body' });
  await fails(connect('keyless').keys.customSigning.set({ keys: [one] }), 403,
    { message: 'Insufficient scope; expected create:custom_signing_keys and update:custom_signing_keys.' });
  assert.equal((await custom.delete().withRawResponse()).rawResponse.status, 204);
  await fails(custom.get(), 404, {});
  assert.deepEqual(await jwks(), own);
});

test('certificates: /cer, /pem, /rawpem, /pb7 and /fingerprint are those of the current key', async () => {
  const current = await byRole('current');
  const get = async (path) => Buffer.from(await (await fetch(`https://${domain}${path}`)).arrayBuffer());
  assert.equal(String(await get('/pem')), current.cert);
  assert.equal(String(await get('/rawpem')), current.cert);
  assert.equal(String(await get('/fingerprint')), current.fingerprint);
  assert.equal(new X509Certificate(await get('/cer')).fingerprint, current.fingerprint);
  const inPem = current.pkcs7.replace(/-----[^-]+-----|\s/g, '');
  assert.equal((await get('/pb7')).toString('base64'), inPem);
});

test('a body of more than 64 KiB is 413', async () => {
  for (const path of ['keys/signing/rotate', 'clients/x/credentials']) {
    const response = await fetch(`https://${domain}/api/v2/${path}`, { method: 'POST', body: 'x'.repeat(70_000) });
    const { statusCode, message } = await response.json();
    assert.deepEqual([response.status, statusCode, message], [413, 413, 'Payload content length greater than maximum allowed: 65536']);
  }
});

test('what is wrong gets an error of Auth0, never a 500', async () => {
  const { clientid: clientId, clientsecret: clientSecret } = read('dev');
  const { access_token } = await (await fetch(`https://${domain}/oauth/token`, { method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret,
      audience: `https://${domain}/api/v2/` }) })).json();
  const client = read('application').clientid;
  const authorization = `Bearer ${access_token}`;
  const json = (value, method = 'POST') =>
    ({ method, headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(value) });
  const pem = readFileSync(`${folder}/two.pub`, 'utf8');
  for (const [path, init, status] of [
    ['keys/signing', { method: 'DELETE' }, 404], ['keys/signing/rotate', { method: 'PUT' }, 404], ['keys', {}, 404],
    ['keys/signing/', {}, 404], ['nothing', { method: 'POST' }, 404], ['keys/signing/%00', {}, 404],
    [`keys/signing/${'x'.repeat(500)}`, {}, 404],
    ['keys/signing/rotate', json({ unknown: 1 }), 400], ['keys/signing/x/revoke', json({ unknown: 1 }, 'PUT'), 400],
    ['keys/custom-signing', json({ unknown: 1 }, 'DELETE'), 400], [`clients/${client}/rotate-secret`, json({ unknown: 1 }), 400],
    [`clients/${client}/credentials/cred_x`, json({ unknown: 1 }, 'DELETE'), 400],
    [`clients/${client}/credentials/cred_x`, json({}, 'DELETE'), 404], [`clients/${client}/rotate-secret`, json({}), 409],
    [`clients/${client}/credentials`, json({}), 400],
    [`clients/${client}/credentials`, json([]), 400], [`clients/${client}/credentials`, json({ credential_type: 'public_key', pem: 1 }), 400],
    [`clients/${client}/credentials`, json({ credential_type: 'public_key', pem, more: 1 }), 400],
    [`clients/${client}/credentials`, json({ credential_type: 'x', pem }), 400],
    [`clients/${client}/credentials`, json({ credential_type: 'public_key', pem: 'x' }), 400],
    [`clients/${client}/credentials`, json({ credential_type: 'public_key', pem, expires_at: 'soon' }), 400],
    [`clients/${client}/credentials`, json({ credential_type: 'public_key', pem, alg: 'none' }), 400],
    [`clients/${client}/credentials/cred_x`, {}, 404], ['clients/nobody/credentials', {}, 404],
    [`clients/${client}/rotate-secret`, { method: 'POST' }, 409],
  ]) {
    const response = await fetch(`https://${domain}/api/v2/${path}`, { headers: { authorization }, ...init });
    const body = await response.json();
    assert.equal(response.status, status, `${path} ${JSON.stringify(body)}`);
    assert.equal(body.statusCode, status, path);
    assert.ok(body.error && body.message, path);
  }
});
