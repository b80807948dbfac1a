// Makes SAML assertions that Signet signs, and SAML responses with them: the private key stays in the HSM, what is sent to Signet is a
// SHA-256 digest.
//
// xml-crypto canonicalises (exclusive C14N) and hashes; in the place of its private key stands the RPC Sign.
import {createHash, randomUUID} from 'node:crypto';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';
import {SignedXml} from 'xml-crypto';

export const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
export const ECDSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256';
const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';

// Gets an access token for Signet from the token URL of an API credential, which needs the scope sign:digests. It lives for an hour by
// default: keep it for that long.
export async function fetchAccessToken({tokenUrl, clientId, clientSecret}) {
  const response = await fetch(tokenUrl, {
    method: 'POST',
    headers: {authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`},
    body: new URLSearchParams({grant_type: 'client_credentials'}),
  });
  if (!response.ok) throw new Error(`no token: ${response.status} ${await response.text()}`);
  return (await response.json()).access_token;
}

// Connects to Signet. `protos` are the folders with signet/v1/key_service.proto and google/api/field_behavior.proto; `ca` is the PEM of
// the authority of the server's certificate, or null for the system's. Returns (digest) => Promise<signature>.
export function signerOf({address, ca, accessToken, keyRing, protos}) {
  const definition = protoLoader.loadSync('signet/v1/key_service.proto', {includeDirs: protos, longs: String});
  const {KeyService} = grpc.loadPackageDefinition(definition).signet.v1;
  const client = new KeyService(address, grpc.credentials.createSsl(ca));
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${accessToken}`);
  const sign = (digest) =>
    new Promise((resolve, reject) => {
      // UNAVAILABLE and RESOURCE_EXHAUSTED are worth another try.
      client.Sign({keyRing, digest}, metadata, {deadline: Date.now() + 10_000}, (error, response) =>
        error ? reject(error) : resolve(response.signature),
      );
    });
  sign.close = () => client.close();
  return sign;
}

export const escapeXml = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

// Returns an assertion that is not signed yet: {xml, id, issued, ends}.
export function buildAssertion({issuer, audience, recipient, nameId, now = new Date(), lifetimeSeconds = 300}) {
  const issued = now.toISOString();
  const ends = new Date(now.getTime() + lifetimeSeconds * 1000).toISOString();
  const id = `_${randomUUID()}`;
  const xml =
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" Version="2.0" IssueInstant="${issued}">` +
    `<saml:Issuer>${escapeXml(issuer)}</saml:Issuer><saml:Subject>` +
    `<saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">${escapeXml(nameId)}</saml:NameID>` +
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData ` +
    `NotOnOrAfter="${ends}" Recipient="${escapeXml(recipient)}"/></saml:SubjectConfirmation></saml:Subject>` +
    `<saml:Conditions NotBefore="${issued}" NotOnOrAfter="${ends}"><saml:AudienceRestriction><saml:Audience>${escapeXml(audience)}` +
    `</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${issued}"><saml:AuthnContext>` +
    `<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef>` +
    `</saml:AuthnContext></saml:AuthnStatement></saml:Assertion>`;
  return {xml, id, issued, ends};
}

// Returns the document `xml` with the assertion `id` in it signed by `sign`. `algorithm` is that of the ring: RSA_SHA256 or
// ECDSA_SHA256.
export function signAssertion(xml, id, {sign, algorithm = RSA_SHA256}) {
  class SignetSignature {
    getAlgorithmName = () => algorithm;
    getSignature = (signedInfo, _, done) => {
      sign(createHash('sha256').update(signedInfo).digest()).then(
        (signature) => done(null, Buffer.from(signature).toString('base64')),
        done,
      );
    };
  }
  // xml-crypto insists on a key, and hands it to getSignature.
  const signer = new SignedXml({privateKey: 'in the HSM', signatureAlgorithm: algorithm, canonicalizationAlgorithm: EXCLUSIVE_C14N});
  signer.SignatureAlgorithms = {[algorithm]: SignetSignature};
  signer.addReference({
    xpath: `//*[@ID='${id}']`,
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', EXCLUSIVE_C14N],
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
  });
  // Behind the issuer, where the schema of SAML wants it.
  const location = {reference: `//*[@ID='${id}']/*[local-name(.)='Issuer']`, action: 'after'};
  return new Promise((resolve, reject) => {
    signer.computeSignature(xml, {location, prefix: 'ds'}, (error, signed) => (error ? reject(error) : resolve(signed.getSignedXml())));
  });
}

// Returns a SAML response whose assertion is signed by `sign`, as XML; the browser posts it to `recipient` as SAMLResponse.
export function signedResponse({sign, algorithm, ...content}) {
  const {xml, id, issued} = buildAssertion(content);
  const response =
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_${randomUUID()}" Version="2.0" IssueInstant="${issued}" ` +
    `Destination="${escapeXml(content.recipient)}"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">` +
    `${escapeXml(content.issuer)}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>` +
    `</samlp:Status>${xml}</samlp:Response>`;
  return signAssertion(response, id, {sign, algorithm});
}
