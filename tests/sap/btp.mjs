// Speaks HTTP to Signet as SAP's REST clients and its Terraform provider do; the requests are those that the provider sends. Each
// test is a row of what they expect.
// Usage: btp.mjs DATA_DIR HTTPS_URL CA_FILE GLOBAL_ACCOUNT DIRECTORY SUBACCOUNT     DATA_DIR is what btp_test.sh filled.
import { readFileSync } from 'node:fs';
import https from 'node:https';
import test from 'node:test';
import assert from 'node:assert/strict';

const [folder, url, caFile, account, directory, subaccount] = process.argv.slice(2);
const { hostname, port, host } = new URL(url);
const read = (name) => readFileSync(`${folder}/${name}`, 'utf8');
const credentialOf = (name) => {
  const { clientid: clientId, clientsecret: secret } = JSON.parse(read(`${name}.json`));
  return { clientId, secret };
};

// One request, byte for byte; `at` is the host that it names, whatever that resolves to.
function send(method, path, { at = host, headers = {}, body = '', tls = {} } = {}) {
  return new Promise((resolve, reject) => {
    const request = https.request({
      method, path, host: hostname, port, servername: 'localhost', ca: readFileSync(caFile), agent: false, ...tls,
      headers: { host: at, 'content-length': Buffer.byteLength(body), ...headers },
    }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = (response.headers['content-type'] ?? '').startsWith('application/json');
        resolve({ status: response.statusCode, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

const post = (path, value, options = {}) =>
  send('POST', path, { ...options, body: typeof value === 'string' ? value : JSON.stringify(value),
    headers: { 'content-type': 'application/json', 'x-cpcli-format': 'json', 'x-correlationid': 'cbd43466-8aa5-f8df-db5a-5aa46f41ba98',
      ...options.headers } });

// As the provider logs in, and gives commands.
const login = (name, subdomain, version = 'v2.77.1') => {
  const { clientId, secret } = credentialOf(name);
  return post(`/login/${version}`, { customIdp: 'identityProvider', subdomain, userName: clientId, password: secret });
};
async function session(name, subdomain = account) {
  const response = await login(name, subdomain);
  assert.equal(response.status, 200, response.text);
  const headers = { 'x-cpcli-sessionid': response.headers['x-cpcli-sessionid'], 'x-cpcli-subdomain': subdomain,
    'x-cpcli-customidp': 'identityProvider' };
  return (command, values, version = 'v2.77.1') => post(`/command/${version}/${command}`, { paramValues: values }, { headers });
}
function backend(response, status) {
  assert.equal(response.status, 200, response.text);
  assert.equal(response.headers['x-cpcli-backend-status'], String(status), response.text);
  assert.equal(response.headers['x-cpcli-backend-mediatype'], 'application/json');
  return response.json;
}
const provider = await session('terraform');
const ok = async (command, values) => backend(await provider(command, { subaccount, ...values }), 200);
const fails = async (status, command, values) => backend(await provider(command, values), status).error;

// Tokens, as clients of SAP ask for them.
const basic = (id, secret) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });
function token(address, { id, secret, tls, form = {} }) {
  // No URL: a host alias below an IP address, as the development server has it, is a name like any other.
  const [, at, path] = /^https:\/\/([^/]+)(\/.*)$/.exec(address);
  return send('POST', path, { at, tls, body: new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...(secret ? basic(id, secret) : {}) } });
}

// Logins.

test('a login answers issuer and mail, and the session in X-Cpcli-Sessionid', async () => {
  const response = await login('terraform', account);
  assert.equal(response.status, 200);
  assert.deepEqual(Object.keys(response.json), ['issuer', 'mail']);
  assert.equal(response.json.mail, credentialOf('terraform').clientId);
  assert.match(response.headers['x-cpcli-sessionid'], /^[\w.-]{100,}$/);
  assert.equal(response.headers['cache-control'], 'no-store');
});

test('the global account is found by its id and by its subdomain; none need be named', async () => {
  for (const subdomain of [account, 'corp', '']) assert.equal((await login('terraform', subdomain)).status, 200, subdomain);
  assert.equal((await login('reader', 'corp')).status, 200, 'the account above its own');
});

test('failed logins are 401, 404 and 412, as HTTP', async () => {
  const { clientId, secret } = credentialOf('terraform');
  const bad = [[{ userName: clientId, password: 'x' }, 401], [{ userName: 'nobody', password: secret }, 401],
    [{ userName: clientId, password: secret, subdomain: 'nobody' }, 404], [{ userName: clientId, password: secret, subdomain: 'other' }, 404],
    [{ userName: clientId, password: secret, subdomain: subaccount }, 404], [{ userName: clientId }, 400], [[], 400]];
  for (const [body, status] of bad) {
    const response = await post('/login/v2.77.1', body);
    assert.equal(response.status, status, response.text);
    assert.deepEqual(Object.keys(response.json), ['error']);
    assert.equal(response.headers['x-cpcli-sessionid'], undefined);
  }
  assert.equal((await login('terraform', account, '2.77.1')).status, 412);
});

test('a login with a credential that may do nothing in the API is 403, as HTTP', async () => {
  // Nobody gives more than they have: who reads nothing makes a read-only credential without scopes.
  const maker = await session('maker');
  const created = await maker('security/api-credential?create', { subaccount, readOnly: 'true' });
  const { clientid: userName, clientsecret: password } = backend(created, 200);
  const response = await post('/login/v2.77.1', { subdomain: account, userName, password });
  assert.equal(response.status, 403, response.text);
  assert.deepEqual(response.json, { error: 'The credential has no scopes for this API.' });
  assert.equal(response.headers['x-cpcli-sessionid'], undefined);
});

test('any version is taken', async () => {
  for (const version of ['v1', 'v2.49.0', 'v2.77.1', 'v9']) {
    assert.equal((await login('terraform', account, version)).status, 200, version);
    backend(await provider('security/settings?list', { subaccount }, version), 200);
  }
});

test('what the scopes of the credential do not allow is a backend error 403', async () => {
  const reader = await session('reader');
  backend(await reader('security/settings?list', { subaccount }), 200);
  for (const command of ['security/api-credential?create', 'security/token-key?create', 'security/token-key?rotate']) {
    assert.ok(backend(await reader(command, { subaccount }), 403).error);
  }
});

// Commands in general.

test('a command without a session, or with a wrong one, is 401, as HTTP', async () => {
  for (const headers of [{}, { 'x-cpcli-sessionid': 'x' }, { 'x-cpcli-sessionid': 'a.b.c' }]) {
    const response = await post('/command/v2.77.1/security/settings?list', { paramValues: { subaccount } }, { headers });
    assert.equal(response.status, 401);
    assert.deepEqual(Object.keys(response.json), ['error']);
  }
});

test('unknown commands and actions, accounts and parameters are backend errors', async () => {
  assert.ok(await fails(404, 'accounts/subaccount?list', {}));
  assert.ok(await fails(404, 'security/settings?explode', { subaccount }));
  assert.ok(await fails(404, 'security/settings?list', { subaccount: directory }));
  assert.ok(await fails(404, 'security/settings?list', { directory: subaccount }));
  assert.ok(await fails(404, 'security/settings?list', { globalAccount: 'other' }));
  assert.ok(await fails(400, 'security/settings?list', { subaccount, directory }));
  assert.ok(await fails(400, 'security/settings?list', { subaccount, x: 'y' }));
  assert.ok(await fails(400, 'security/settings?list', { subaccount: 1 }));
  assert.ok(await fails(400, 'security/api-credential?get', { subaccount }));
  for (const body of ['', '[]', '{', '{"paramValues":[]}', '{"paramValues":{"subaccount":null}}']) {
    const headers = { 'x-cpcli-sessionid': (await login('terraform', account)).headers['x-cpcli-sessionid'] };
    backend(await post('/command/v2.77.1/security/settings?list', body, { headers }), 400);
  }
});

test('other methods are 405 with Allow, and a body of more than 64 KiB is 413', async () => {
  for (const path of ['/login/v2', '/command/v2/security/settings?list']) {
    const response = await send('GET', path);
    assert.deepEqual([response.status, response.headers.allow], [405, 'POST']);
    assert.deepEqual(response.json, { error: 'Only POST is taken here.' });
  }
  for (const path of ['/login/v2', '/command/v2/security/settings?list', '/sap/rest/authorization/v2/securitySettings']) {
    const response = await post(path, { userName: 'x'.repeat(70_000), password: 'y' });
    assert.equal(response.status, 413);
    assert.ok(response.json.error);
  }
});

test('without a parameter for it, the account is that of the session', async () => {
  assert.deepEqual(backend(await provider('security/settings?list', {}), 200),
    backend(await provider('security/settings?list', { globalAccount: account }), 200));
});

test('a credential of another tenant sees neither global account nor subaccount', async () => {
  const foreigner = await session('foreigner', '');
  for (const values of [{ subaccount }, { directory }, { globalAccount: account }]) {
    for (const command of ['security/settings?list', 'security/token-key?create', 'security/api-credential?create']) {
      backend(await foreigner(command, values), 404);
    }
  }
});

// API credentials, as the provider's resource makes and reads them: with empty names of other accounts, and readOnly everywhere.
const members = ['tenantmode', 'subaccountid', 'credential-type', 'clientid', 'tokenurl', 'xsappname', 'clientsecret', 'serviceInstanceId',
  'url', 'uaadomain', 'apiurl', 'identityzone', 'identityzoneid', 'tenantid', 'name', 'zoneid', 'read-only'];
const resource = (values) => ({ subaccount, directory: '', globalAccount: '', readOnly: 'false', ...values });

test('create with a secret: all members in their order, and a token from tokenurl', async () => {
  const created = await ok('security/api-credential?create', resource({ name: 'secret-one' }));
  assert.deepEqual(Object.keys(created), members);
  assert.deepEqual([created.tenantmode, created['credential-type'], created['read-only']], ['dedicated', 'secret', false]);
  assert.match(created.xsappname, /^full-access!a\d+$/);
  assert.equal(created.clientid, `sb-${created.xsappname}`);
  for (const name of ['subaccountid', 'identityzoneid', 'tenantid', 'zoneid']) assert.equal(created[name], subaccount);
  assert.equal(created.url, `https://sub.authentication.localhost:${port}`);
  assert.equal(created.tokenurl, `${created.url}/oauth/token`);
  assert.deepEqual([created.uaadomain, created.identityzone], [`sub.authentication.localhost:${port}`, 'sub']);
  assert.match(created.serviceInstanceId, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

  const { clientid: id, clientsecret: secret } = created;
  const granted = await token(created.tokenurl, { id, secret });
  assert.equal(granted.status, 200, granted.text);
  assert.equal((await token(created.tokenurl, { id, secret: 'x' })).status, 401);
  const settings = await send('GET', '/sap/rest/authorization/v2/securitySettings',
    { at: new URL(created.apiurl).host, headers: { authorization: `Bearer ${granted.json.access_token}` } });
  assert.equal(settings.status, 200, settings.text);
});

test('create of a read-only one: it reads, and changes nothing', async () => {
  const created = await ok('security/api-credential?create', resource({ readOnly: 'true' }));
  assert.match(created.xsappname, /^read-only!a\d+$/);
  assert.equal(created['read-only'], true);
  assert.match(created.name, /^[a-zA-Z\d-]+$/);
  const granted = await token(created.tokenurl, { id: created.clientid, secret: created.clientsecret });
  const headers = { authorization: `Bearer ${granted.json.access_token}` };
  assert.equal((await rest('GET', '', { headers })).status, 200);
  assert.equal((await rest('PATCH', patch('ADD', 'mine'), { headers })).status, 403);
});

test('create with a certificate: no secret, and tokens over mTLS at the host of certurl', async () => {
  const certificate = read('client.pem');
  const created = await ok('security/api-credential?create', resource({ name: 'certificate-one', certificate }));
  assert.deepEqual(Object.keys(created).filter((name) => !members.includes(name)),
    ['clientx509enabled', 'certificate', 'certurl', 'certificate-pinning', 'key']);
  assert.equal('clientsecret' in created, false);
  assert.equal(created['credential-type'], 'client certificate');
  assert.equal(created.clientx509enabled, true);
  assert.equal(created.certurl, `https://sub.authentication.cert.localhost:${port}`);
  assert.equal(created.tokenurl, `${created.certurl}/oauth/token`);
  // No authority vouches for it.
  assert.equal(created['certificate-pinning'], true);
  const form = { client_id: created.clientid };
  const tls = { cert: certificate, key: read('client.key') };
  const granted = await token(created.tokenurl, { tls, form });
  assert.equal(granted.status, 200, granted.text);
  assert.equal((await token(created.tokenurl, { form })).status, 400, 'without the certificate');
  const shown = await ok('security/api-credential?get', resource({ name: 'certificate-one' }));
  assert.deepEqual(Object.keys(shown), ['credential-type', 'tokenurl', 'clientId', 'apiurl', 'certificate', 'name', 'read-only']);
  assert.equal(shown.certificate, created.certificate);
});

test('a certificate may come with its chain and text, and have no subject', async () => {
  const certificate = read('nameless.pem');
  const created = await ok('security/api-credential?create', resource({ name: 'certificate-two',
    certificate: `subject=\n${certificate}\n 1 s:CN = client\n${read('client.pem')}---\n` }));
  assert.equal(created.certificate, certificate);
  assert.equal(created['certificate-pinning'], true);
  const form = { client_id: created.clientid };
  const granted = await token(created.tokenurl, { tls: { cert: certificate, key: read('nameless.key') }, form });
  assert.equal(granted.status, 200, granted.text);
  const other = { cert: read('client.pem'), key: read('client.key') };
  assert.equal((await token(created.tokenurl, { tls: other, form })).status, 400, 'another certificate');
});

test('a private key beside the certificate is 400, and not repeated', async () => {
  const error = await fails(400, 'security/api-credential?create',
    resource({ name: 'bad', certificate: read('client.pem') + read('client.key') }));
  assert.match(error, /private key/);
  assert.ok(!error.includes(read('client.key').split('\n')[1]));
});

test('what is not PEM is 400 with the text of SAP', async () => {
  const error = await fails(400, 'security/api-credential?create', resource({ name: 'bad', certificate: 'not a certificate' }));
  assert.equal(error, 'The certificate is not valid PEM format.');
});

test('get and list show no secret; delete answers {}', async () => {
  await ok('security/api-credential?create', resource({ name: 'short-lived' }));
  const shown = await ok('security/api-credential?get', resource({ name: 'short-lived' }));
  assert.deepEqual(Object.keys(shown), ['credential-type', 'tokenurl', 'clientId', 'apiurl', 'name', 'read-only']);
  const listed = await ok('security/api-credential?list', {});
  assert.ok(Array.isArray(listed));
  assert.deepEqual(listed.find((one) => one.name === 'short-lived'), shown);
  assert.deepEqual(await ok('security/api-credential?delete', resource({ name: 'short-lived' })), {});
  await fails(404, 'security/api-credential?get', resource({ name: 'short-lived' }));
  await fails(404, 'security/api-credential?delete', resource({ name: 'short-lived' }));
});

test('for a directory and a global account, the same members carry the GUID of that account', async () => {
  for (const [scope, id] of [[{ directory }, directory], [{ globalAccount: 'corp' }, account]]) {
    const created = backend(await provider('security/api-credential?create', { name: 'of-account', ...scope }), 200);
    for (const name of ['subaccountid', 'identityzoneid', 'tenantid', 'zoneid']) assert.equal(created[name], id);
    const granted = await token(created.tokenurl, { id: created.clientid, secret: created.clientsecret });
    assert.equal(granted.status, 200, granted.text);
  }
});

// Security settings, as the provider's resource writes them.
const resourceSettings = { iFrameDomain: '', customEmailDomains: '[]', defaultIdp: 'sap.default',
  treatUsersWithSameEmailAsSameUser: 'false', homeRedirect: '', accessTokenValidity: '-1', refreshTokenValidity: '-1' };

test('settings: list and update answer what the provider reads', async () => {
  const listed = await ok('security/settings?list', {});
  assert.deepEqual([listed.iframeDomains, listed.defaultIdp, listed.customEmailDomains, listed.treatUsersWithSameEmailAsSameUser],
    ['', 'sap.default', [], false]);
  assert.deepEqual([listed.tokenPolicySettings.accessTokenValidity, listed.tokenPolicySettings.refreshTokenValidity], [-1, -1]);
  const updated = await ok('security/settings?update', { ...resourceSettings, accessTokenValidity: '3600' });
  assert.equal(updated.tokenPolicySettings.accessTokenValidity, 3600);
  const reset = await ok('security/settings?update', { ...resourceSettings, iFrameDomain: ' ' });
  assert.deepEqual(reset, listed);
});

test('settings that Signet does not have are refused, with the reason', async () => {
  assert.ok(await fails(400, 'security/settings?update', { subaccount, ...resourceSettings, refreshTokenValidity: '1799' }));
  assert.ok(await fails(400, 'security/settings?update', { subaccount, ...resourceSettings, iFrameDomain: 'https://x.example' }));
  assert.ok(await fails(400, 'security/settings?update', { subaccount, ...resourceSettings, accessTokenValidity: '1799' }));
});

// The REST API, and the rules of signing keys.
const patch = (changeMode, keyId) => ({ tokenPolicySettings: { keyId, changeMode } });
const admin = await (async () => {
  const created = await ok('security/api-credential?create', { name: 'rest' });
  const granted = await token(created.tokenurl, { id: created.clientid, secret: created.clientsecret });
  return { authorization: `Bearer ${granted.json.access_token}` };
})();
function rest(method, body = '', { headers = admin, at = `sub.authentication.localhost:${port}`, prefix = '' } = {}) {
  return send(method, `${prefix}/sap/rest/authorization/v2/securitySettings`,
    { at, body: body && JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } });
}
const policy = (response) => response.json.tokenPolicySettings;
const kids = async () => (await send('GET', `/token_keys?zid=${subaccount}`)).json.keys.map((key) => key.kid);

test('GET: the members of SAP, in their order, and its dates', async () => {
  assert.equal((await rest('PATCH', patch('ADD', 'one'))).status, 200);
  const response = await rest('GET');
  assert.deepEqual(Object.keys(response.json), ['tokenPolicySettings', 'rotateSigningKeyAutomatically']);
  assert.deepEqual(Object.keys(policy(response)),
    ['accessTokenValidity', 'refreshTokenValidity', 'refreshTokenUnique', 'activeKeyId', 'keyIds', 'keys']);
  assert.deepEqual(Object.keys(policy(response).keys.one), ['created', 'lastModifiedAt', 'nextRotationDate', 'fipsCompliant']);
  assert.match(policy(response).keys.one.created, /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4}$/);
  assert.equal(policy(response).keys.one.nextRotationDate, null);
  assert.equal(policy(response).activeKeyId, null);
});

test('rule 1: a third key is refused', async () => {
  assert.equal((await rest('PATCH', { tokenPolicySettings: { changeMode: 'ADD' } })).status, 200);
  const response = await rest('PATCH', patch('ADD', 'three'));
  assert.equal(response.status, 409);
  assert.match(response.json.error_description, /holds its 2 keys/);
  assert.match(policy(await rest('GET')).keyIds[1], /^default-jwt-key-[0-9a-f]{10}$/);
});

test('rules 2 and 6: a created key does not sign, and 12 hours must pass before it is enabled', async () => {
  assert.equal(policy(await rest('GET')).activeKeyId, null);
  const response = await rest('PATCH', patch('UPDATE', 'one'));
  assert.deepEqual([response.status, response.json.error], [409, 'conflict']);
});

test('rules 3, 4 and 6: force enables the key, the former one is disabled and stays in the JWKS', async () => {
  const first = await rest('PATCH', patch('FORCE_UPDATE', 'one'));
  assert.equal(policy(first).activeKeyId, 'one');
  assert.ok(first.json.warnings.length > 0);
  const [, other] = policy(first).keyIds;
  assert.equal(policy(await rest('PATCH', patch('FORCE_UPDATE', other))).activeKeyId, other);
  assert.deepEqual(await kids(), [other, 'one']);
});

test('rules 5 and 6: an enabled key is not deleted, and a disabled one after 12 hours or by force', async () => {
  const { activeKeyId } = policy(await rest('GET'));
  for (const mode of ['DELETE', 'FORCE_DELETE']) assert.equal((await rest('PATCH', patch(mode, activeKeyId))).status, 409);
  assert.equal((await rest('PATCH', patch('DELETE', 'one'))).status, 409);
  assert.deepEqual(policy(await rest('PATCH', patch('FORCE_DELETE', 'one'))).keyIds, [activeKeyId]);
  assert.deepEqual(await kids(), [activeKeyId]);
});

test('rule 7: automatic rotation starts at once when it is switched on, and publishes the next key', async () => {
  const on = await rest('PATCH', { rotateSigningKeyAutomatically: true });
  assert.equal(on.json.rotateSigningKeyAutomatically, true);
  const deadline = Date.now() + 30_000;
  while ((await kids()).length < 2) assert.ok(Date.now() < deadline, 'no next key after 30 s');
  assert.equal((await rest('PATCH', { rotateSigningKeyAutomatically: false })).json.rotateSigningKeyAutomatically, false);
});

test('rule 8: validities have their ranges', async () => {
  const validity = (name, seconds) => rest('PATCH', { tokenPolicySettings: { [name]: seconds } });
  for (const seconds of [1800, 86400, -1]) assert.equal(policy(await validity('accessTokenValidity', seconds)).accessTokenValidity, seconds);
  for (const seconds of [0, 1799, 86401, '3600', 1.5]) assert.equal((await validity('accessTokenValidity', seconds)).status, 400);
  for (const seconds of [1800, 31536000, -1]) assert.equal(policy(await validity('refreshTokenValidity', seconds)).refreshTokenValidity, seconds);
  for (const seconds of [0, 1799, 31536001, '3600', 1.5]) assert.equal((await validity('refreshTokenValidity', seconds)).status, 400);
});

test('rule 8: tokens live for the validity of access tokens, which is 12 hours by default', async () => {
  const { clientId: id, secret } = credentialOf('app');
  const life = async (audience) => {
    const granted = await token(`https://sub.authentication.localhost:${port}/oauth/token`, { id, secret, form: { audience } });
    assert.equal(granted.status, 200, granted.text);
    return granted.json.expires_in;
  };
  const set = (accessTokenValidity) => rest('PATCH', { tokenPolicySettings: { accessTokenValidity } });
  for (const [validity, seconds] of [[-1, 43200], [7200, 7200], [-1, 43200]]) {
    assert.equal((await set(validity)).status, 200);
    assert.equal(await life('https://orders.example'), seconds);
    assert.equal(await life(url), 3600, "a token for Signet's own API");
  }
});

test('the REST API refuses as UAA does', async () => {
  const none = await rest('GET', '', { headers: {} });
  assert.deepEqual([none.status, none.json.error], [401, 'invalid_token']);
  assert.match(none.headers['www-authenticate'], /^Bearer/);
  assert.equal((await rest('GET', '', { prefix: '/t/dev', at: host })).status, 404, 'another tenant');
  assert.equal((await rest('GET', '', { prefix: `/t/${subaccount}`, at: host })).status, 200);
  for (const body of [{}, { x: 1 }, patch('add', 'x'), patch('ADD', '../x'), { tokenPolicySettings: { keyId: 'x' } }]) {
    const response = await rest('PATCH', body);
    assert.deepEqual([response.status, response.json.error], [400, 'invalid_request'], response.text);
  }
  assert.equal((await rest('PATCH', patch('DELETE', 'nobody'))).status, 404);
  const put = await rest('PUT');
  assert.deepEqual([put.status, put.headers.allow], [405, 'GET, HEAD, PATCH']);
  assert.deepEqual(put.json, { error: 'method_not_allowed', error_description: 'This resource does not take the method.' });
});

test('token-key: list, create, enable, rotate and delete', async () => {
  const scope = { subaccount: undefined, directory };
  await ok('security/token-key?create', { ...scope, key: 'one' });
  assert.equal((await ok('security/token-key?enable', { ...scope, key: 'one', force: 'true' })).tokenPolicySettings.activeKeyId, 'one');
  await fails(409, 'security/token-key?delete', { directory, key: 'one', confirm: 'true' });
  await fails(404, 'security/token-key?rotate', { directory, key: 'nobody' });
  await ok('security/token-key?rotate', { ...scope, key: 'one', confirm: 'true' });
  const rotated = await ok('security/token-key?rotate', { ...scope, force: 'true' });
  assert.notEqual(rotated.tokenPolicySettings.activeKeyId, 'one');
  const deleted = await ok('security/token-key?delete', { ...scope, key: 'one', confirm: 'true', force: 'true' });
  const { warnings, ...settings } = deleted;
  assert.ok(warnings.length > 0);
  assert.deepEqual(settings, await ok('security/token-key?list', scope));
});
