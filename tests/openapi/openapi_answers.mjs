// Asks for every operation of the OpenAPI document, rightly and wrongly, and holds each answer against the document with ajv.
// Usage: openapi_answers.mjs DATA_DIR HTTPS_URL     DATA_DIR is what openapi_answers_test.sh filled.
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const [folder, url] = process.argv.slice(2);
const base = `https://localhost:${new URL(url).port}`;
const read = (name) => JSON.parse(readFileSync(`${folder}/${name}.json`));
const document = await (await fetch(`${base}/openapi.json`)).json();
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default ? addFormats.default(ajv) : addFormats(ajv);
ajv.addSchema({ $id: 'openapi', ...document });

// Follows a $ref of the document; returns what it names, and its JSON pointer.
function resolve(value, pointer) {
  if (!value.$ref) return [value, pointer];
  const at = value.$ref.slice(1);
  return [at.slice(1).split('/').reduce((node, key) => node[key.replaceAll('~1', '/')], document), at];
}
const escape = (text) => text.replaceAll('~', '~0').replaceAll('/', '~1');

const succeeded = new Set();
// Asks for an operation; the answer must have the status and the `answered` headers (null: none), and be as the document says.
async function ask(method, path, status, { variables = {}, headers = {}, body, prefix = '', query = '', answered = {} } = {}) {
  const operation = document.paths[path]?.[method.toLowerCase()];
  assert.ok(operation, `${method} ${path} is not in the document`);
  const target = base + prefix + path.replace(/\{(\w+)\}/g, (_, name) => variables[name]) + query;
  const response = await fetch(target, { method, headers, body });
  const bytes = Buffer.from(await response.arrayBuffer());
  const where = `${method} ${path} ${response.status} ${bytes.toString('utf8', 0, 300)}`;
  assert.equal(response.status, status, where);
  assert.ok(operation.responses[status], `not in the document: ${where}`);
  const [described, pointer] = resolve(operation.responses[status],
    `/paths/${escape(path)}/${method.toLowerCase()}/responses/${status}`);
  const type = (response.headers.get('content-type') ?? '').split(';')[0];
  if (!described.content) {
    assert.equal(bytes.length, 0, where);
  } else {
    assert.ok(described.content[type], `of the type ${type}: ${where}`);
    if (described.content[type].schema) {
      const validate = ajv.getSchema(`openapi#${encodeURI(`${pointer}/content/${escape(type)}/schema`)}`);
      assert.ok(validate, `no schema: ${where}`);
      assert.ok(validate(type.endsWith('json') ? JSON.parse(bytes) : bytes.toString()), `${ajv.errorsText(validate.errors)}: ${where}`);
    }
  }
  for (const name of Object.keys(described.headers ?? {})) assert.ok(response.headers.get(name), `without ${name}: ${where}`);
  for (const [name, value] of Object.entries(answered)) assert.equal(response.headers.get(name), value, `${name}: ${where}`);
  if (status < 300) succeeded.add(`${method} ${path}`);
  return type.endsWith('json') ? JSON.parse(bytes) : bytes;
}

const form = (values) => ({ body: new URLSearchParams(values) });
const json = (value, headers = {}) => ({ body: JSON.stringify(value), headers: { 'content-type': 'application/json', ...headers } });
async function tokenOf(name, prefix = '') {
  const { clientid, clientsecret, client_id, client_secret } = read(name);
  const values = { grant_type: 'client_credentials', client_id: client_id ?? clientid,
    client_secret: client_secret ?? clientsecret };
  return { values, ...(await ask('POST', '/oauth/token', 200, { ...form(values), prefix })) };
}

// For verifiers, and for those who run it.
for (const prefix of ['', '/t/dev']) {
  for (const path of ['/.well-known/jwks.json', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server',
    '/cer', '/pem', '/rawpem', '/pb7', '/fingerprint']) await ask('GET', path, 200, { prefix });
}
const federation = '/FederationMetadata/2007-06/FederationMetadata.xml';
for (const prefix of ['', '/t/dev']) {
  for (const path of ['/samlp/metadata', `/wsfed${federation}`, federation]) await ask('GET', path, 200, { prefix });
  for (const path of ['/samlp/metadata/{client}', `/wsfed/{client}${federation}`]) {
    await ask('GET', path, 200, { prefix, variables: { client: 'app' } });
  }
}
for (const path of ['/.well-known/jwks.json', '/cer', '/samlp/metadata']) await ask('GET', path, 404, { prefix: '/t/nobody' });
await ask('GET', '/.well-known/oauth-authorization-server/t/{tenant}', 200, { variables: { tenant: 'dev' } });
for (const path of ['/livez', '/readyz', '/openapi.json']) await ask('GET', path, 200);
await ask('GET', '/metrics', 401);

// For SAP's verifiers.
for (const prefix of ['', '/t/dev']) {
  for (const path of ['/token_keys', '/token_key']) {
    await ask('GET', path, 200, { prefix });
    await ask('GET', path, 200, { prefix, query: '?zid=dev' });
    await ask('GET', path, 400, { prefix, query: '?zid=nobody' });
  }
}
for (const path of ['/token_keys', '/token_key']) await ask('GET', path, 404, { prefix: '/t/nobody' });
await ask('GET', '/token_key', 404, { prefix: '/t/empty' });

// OAuth.
const { values, access_token: token } = await tokenOf('manager');
await ask('POST', '/oauth/token', 200, json({ ...values, audience: `${base}/api/v2/` }));
await ask('POST', '/oauth/token', 400, form({ ...values, client_secret: 'x' }));
await ask('POST', '/oauth/token', 400, { body: '[]', headers: { 'content-type': 'application/json' } });
await ask('POST', '/oauth/token', 401, { ...form({ grant_type: 'client_credentials' }), headers: { authorization: 'Basic eDp5' } });
for (const path of ['/oauth/token', '/oauth/introspect', '/oauth/revoke']) {
  await ask('POST', path, 404, { ...form({ ...values, token }), prefix: '/t/nobody' });
}
await ask('POST', '/oauth/introspect', 200, form({ ...values, token }));
await ask('POST', '/oauth/introspect', 400, form(values));
const other = (await tokenOf('manager')).access_token;
await ask('POST', '/oauth/revoke', 200, form({ ...values, token: other }));
await ask('POST', '/oauth/revoke', 400, form(values));

// Auth0's.
const headers = { authorization: `Bearer ${token}` };
const little = { authorization: `Bearer ${(await tokenOf('reader')).access_token}` };
const keys = await ask('GET', '/api/v2/keys/signing', 200, { headers });
await ask('GET', '/api/v2/keys/signing', 200, { headers, prefix: '/t/dev' });
await ask('GET', '/api/v2/keys/signing', 401);
await ask('GET', '/api/v2/keys/signing', 404, { headers, prefix: '/t/nobody' });
await ask('GET', '/api/v2/keys/signing/{kid}', 200, { headers, variables: { kid: keys[0].kid } });
await ask('GET', '/api/v2/keys/signing/{kid}', 404, { headers, variables: { kid: 'nobody' } });
await ask('POST', '/api/v2/keys/signing/rotate', 403, { headers: little });
await ask('POST', '/api/v2/keys/signing/rotate', 400, json({ x: 1 }, headers));
await ask('POST', '/api/v2/keys/signing/rotate', 201, { headers });
await ask('GET', '/api/v2/keys/signing', 200, { headers });
const revoke = (status, kid) => ask('PUT', '/api/v2/keys/signing/{kid}/revoke', status, { headers, variables: { kid } });
await revoke(400, (await ask('GET', '/api/v2/keys/signing', 200, { headers })).find((key) => key.current).kid);
await revoke(200, keys[0].kid);
await revoke(404, 'nobody');
for (let i = 0; i < 6; ++i) {
  // The quota; that of the test's own rotation counts.
  const response = await fetch(`${base}/api/v2/keys/signing/rotate`, { method: 'POST', headers });
  if (response.status === 429) break;
  const listed = await ask('GET', '/api/v2/keys/signing', 200, { headers });
  await revoke(200, listed.find((key) => key.previous).kid);
}
await ask('POST', '/api/v2/keys/signing/rotate', 429, { headers });

const custom = '/api/v2/keys/custom-signing';
const jwk = createPublicKey(readFileSync(`${folder}/two.pub`)).export({ format: 'jwk' });
await ask('GET', custom, 404, { headers });
await ask('PUT', custom, 403, json({ keys: [jwk] }, little));
await ask('PUT', custom, 400, json({ keys: [] }, headers));
await ask('PUT', custom, 409, json({ keys: [{ ...jwk, kid: keys[0].kid }] }, headers));
await ask('PUT', custom, 200, json({ keys: [jwk] }, headers));
await ask('GET', custom, 200, { headers });
await ask('GET', '/.well-known/jwks.json', 200);
await ask('DELETE', custom, 400, { ...json({ x: 1 }, headers) });
await ask('DELETE', custom, 204, { headers });

const client = { id: read('application').clientid };
const pem = readFileSync(`${folder}/two.pub`, 'utf8');
const credentials = '/api/v2/clients/{id}/credentials';
const added = await ask('POST', credentials, 201, { ...json({ credential_type: 'public_key', pem }, headers), variables: client });
await ask('POST', credentials, 409, { ...json({ credential_type: 'public_key', pem, kid: 'x' }, headers), variables: client });
await ask('POST', credentials, 400, { ...json({ credential_type: 'public_key' }, headers), variables: client });
await ask('GET', credentials, 200, { headers, variables: client });
await ask('GET', credentials, 403, { headers: little, variables: client });
await ask('GET', credentials, 404, { headers, variables: { id: 'nobody' } });
const one = { headers, variables: { ...client, credential_id: added.id } };
await ask('GET', `${credentials}/{credential_id}`, 200, one);
await ask('DELETE', `${credentials}/{credential_id}`, 400, { ...one, ...json({ x: 1 }, headers) });
await ask('DELETE', `${credentials}/{credential_id}`, 204, one);
await ask('DELETE', `${credentials}/{credential_id}`, 404, one);
const [last] = await ask('GET', credentials, 200, { headers, variables: client });
await ask('DELETE', `${credentials}/{credential_id}`, 409, { headers, variables: { ...client, credential_id: last.id } });
const rotateSecret = '/api/v2/clients/{id}/rotate-secret';
await ask('POST', rotateSecret, 200, { headers, variables: { id: read('reader').clientid } });
await ask('POST', rotateSecret, 409, { headers, variables: client });
await ask('POST', rotateSecret, 400, { ...json({ x: 1 }, headers), variables: client });

// SAP's.
const settings = '/sap/rest/authorization/v2/securitySettings';
const { tokenPolicySettings: { activeKeyId } } = await ask('GET', settings, 200, { headers });
await ask('GET', settings, 200, { headers, prefix: '/t/dev' });
await ask('GET', settings, 401);
await ask('GET', settings, 404, { headers, prefix: '/t/empty' });
await ask('PATCH', settings, 200, json({ rotateSigningKeyAutomatically: false }, headers));
await ask('PATCH', settings, 400, json({}, headers));
await ask('PATCH', settings, 403, json({ rotateSigningKeyAutomatically: true }, little));
await ask('PATCH', settings, 404, json({ tokenPolicySettings: { keyId: 'nobody', changeMode: 'DELETE' } }, headers));
await ask('PATCH', settings, 409, json({ tokenPolicySettings: { keyId: activeKeyId, changeMode: 'DELETE' } }, headers));

const login = (status, userName, password, version = 'v2.77.1', subdomain = '') =>
  ask('POST', '/login/{version}', status, { ...json({ userName, password, subdomain }), variables: { version } });
await login(200, values.client_id, values.client_secret);
await login(401, values.client_id, 'x');
await login(404, values.client_id, values.client_secret, 'v1', 'nobody');
await login(400, '', '');
await login(412, values.client_id, values.client_secret, 'x');
const session = { 'x-cpcli-sessionid': token };
// An error of the backend is a 200, too; its status has a header of its own.
const command = (object, action, paramValues, { status = 200, backend = '200', sent = session } = {}) =>
  ask('POST', `/command/{version}/security/${object}`, status,
    { ...json({ paramValues: { subaccount: 'dev', ...paramValues } }, sent), variables: { version: 'v2.77.1' }, query: `?${action}`,
      answered: { 'x-cpcli-backend-status': backend } });
for (const object of ['token-key', 'api-credential', 'settings']) {
  await command(object, 'list', {});
  await command(object, 'explode', {}, { backend: '404' });
  await command(object, 'list', {}, { status: 401, backend: null, sent: {} });
}
await command('token-key', 'create', {});
await command('api-credential', 'create', { name: 'sap' });
await command('api-credential', 'get', { name: 'sap' });
await command('api-credential', 'delete', { name: 'sap' });
await command('settings', 'update', { accessTokenValidity: '3600' });

// A body of more than 64 KiB is refused before it is read, whoever sends it.
for (const [path, operations] of Object.entries(document.paths)) {
  const variables = Object.fromEntries([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, name === 'version' ? 'v2' : 'x']));
  for (const [method, operation] of Object.entries(operations)) {
    if (operation.responses?.[413]) await ask(method.toUpperCase(), path, 413, { variables, body: 'x'.repeat(65537) });
  }
}

// The administrator's.
const { access_token: all } = await tokenOf('administrator', '/t/system');
await ask('GET', '/metrics', 200, { headers: { authorization: `Bearer ${all}` } });
await ask('GET', '/metrics', 403, { headers });

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.keys(item).filter((key) => key !== 'servers').map((method) => `${method.toUpperCase()} ${path}`));
assert.deepEqual([...succeeded].sort(), operations.sort());
console.log(`openapi: ${operations.length} operations answer as the document says`);
