// Reads SAML and WS-Federation metadata with samlify and xmldom, has the examples sign assertions, and has node-saml verify the SAML
// response with the certificates of the metadata alone. Without an algorithm, the metadata alone are read. Usage: see
// saml_metadata_test.sh.
import assert from 'node:assert/strict';
import {X509Certificate} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';
import {SAML} from '@node-saml/node-saml';
import {DOMParser} from '@xmldom/xmldom';
import samlify from 'samlify';

const {examples, protos, grpcAddress, ca, keyRing, algorithm, credential, issuer, certificates, ...files} = JSON.parse(process.argv[2]);
const {samlMetadata, wsfedMetadata, signInResponse, signInCertificate} = files;
const {signerOf, signedResponse, fetchAccessToken} = await import(pathToFileURL(`${examples}/saml/saml_assertion.mjs`));
const {signedSignInResponse} = await import(pathToFileURL(`${examples}/wsfed/sign_in_response.mjs`));
const text = (path) => readFileSync(path, 'utf8');
const textsOf = (document, name) => Array.from(document.getElementsByTagName(name), (node) => node.textContent);

// What samlify reads is what a service provider configures itself by.
const provider = samlify.IdentityProvider({metadata: text(samlMetadata)});
assert.equal(provider.entityMeta.getEntityID(), issuer);
assert.equal(provider.entityMeta.getSingleSignOnService('post'), `${issuer}/samlp/shop`);
assert.equal(provider.entityMeta.getSingleSignOnService('redirect'), `${issuer}/samlp/shop`);
const published = [provider.entityMeta.getX509Certificate('signing')].flat();
assert.deepEqual(published, certificates, 'the current certificate, then the next');
for (const der of published) new X509Certificate(Buffer.from(der, 'base64'));
console.log(`samlify: read ${published.length} certificates`);

const wsfed = new DOMParser().parseFromString(text(wsfedMetadata), 'text/xml');
assert.deepEqual(textsOf(wsfed, 'X509Certificate'), certificates);
assert.equal(wsfed.getElementsByTagName('RoleDescriptor')[0].getAttribute('xsi:type'), 'fed:SecurityTokenServiceType');
assert.deepEqual(textsOf(wsfed, 'Address'), [`${issuer}/wsfed`, `${issuer}/wsfed`]);
console.log('xmldom: read the WS-Federation metadata');

// node-saml knows RSA alone; xmlsec1 verifies ECDSA, in saml_test.
if (!algorithm) process.exit(0);

const accessToken = await fetchAccessToken(credential);
const sign = signerOf({address: grpcAddress, ca: readFileSync(ca), accessToken, keyRing, protos});
const shop = {audience: 'https://shop.example.com', recipient: 'https://shop.example.com/acs'};
const xml = await signedResponse({sign, algorithm, issuer, ...shop, nameId: 'alice@example.com'});
const realm = {realm: 'urn:shop.example.com', replyTo: 'https://shop.example.com/wsfed'};
const signIn = await signedSignInResponse({sign, algorithm, issuer, ...realm, nameId: 'alice@example.com'});
sign.close();
// For xmlsec1, with the certificate that the WS-Federation metadata name first.
writeFileSync(signInResponse, signIn);
writeFileSync(signInCertificate, new X509Certificate(Buffer.from(textsOf(wsfed, 'X509Certificate')[0], 'base64')).toString());
const parsed = new DOMParser().parseFromString(signIn, 'text/xml');
assert.deepEqual(textsOf(parsed, 'wsa:Address'), [realm.realm]);
assert.equal(parsed.getElementsByTagName('t:RequestedSecurityToken')[0].firstChild.nodeName, 'saml:Assertion');

const verify = (response, idpCert) =>
  new SAML({
    idpCert,
    idpIssuer: issuer,
    issuer: shop.audience,
    audience: shop.audience,
    callbackUrl: shop.recipient,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: false,
  }).validatePostResponseAsync({SAMLResponse: Buffer.from(response).toString('base64')});

const {profile} = await verify(xml, published);
assert.equal(profile.nameID, 'alice@example.com');
assert.equal(profile.issuer, issuer);
console.log('node-saml: valid, alice@example.com');

// It can refuse, too: another name, and the certificate of a key that did not sign.
await assert.rejects(verify(xml.replace('alice@', 'alicf@'), published), /signature/i);
await assert.rejects(verify(xml, published.slice(1)), /signature/i);
console.log('node-saml: refused what was changed, and another certificate');
