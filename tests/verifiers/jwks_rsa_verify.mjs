// Verifies tokens with npm's jwks-rsa and jsonwebtoken. The two know RS, PS and ES; Ed25519 is left to others.
// Usage: node jwks_rsa_verify.mjs JWKS_URL ISSUER TOKEN…    (NODE_EXTRA_CA_CERTS names the CA)
import jwt from 'jsonwebtoken';
import jwksClient from 'jwks-rsa';

const [jwksUri, issuer, ...tokens] = process.argv.slice(2);
const client = jwksClient({jwksUri, cache: true});
for (const token of tokens) {
  const {header} = jwt.decode(token, {complete: true});
  const key = await client.getSigningKey(header.kid);
  const payload = jwt.verify(token, key.getPublicKey(), {issuer, algorithms: [header.alg]});
  console.log(`jwks-rsa: valid, ${header.alg}, sub ${payload.sub}`);
}
