// Verifies tokens with npm's jose against the published JWKS, as a resource server would.
// Usage: node jose_verify.mjs JWKS_URL ISSUER TOKEN…    (NODE_EXTRA_CA_CERTS names the CA)
// Prints a line a token and exits 0 if all are valid, 1 if one is refused, 2 for anything else.
import {createRemoteJWKSet, errors, jwtVerify} from 'jose';

const [url, issuer, ...tokens] = process.argv.slice(2);
const keys = createRemoteJWKSet(new URL(url));
for (const token of tokens) {
  try {
    const {payload, protectedHeader} = await jwtVerify(token, keys, {issuer});
    console.log(`jose: valid, ${protectedHeader.alg}, kid ${protectedHeader.kid}, sub ${payload.sub}`);
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) {
      console.error(error);
      process.exit(2);
    }
    console.log(`jose: refused, ${error.code}: ${error.message}`);
    process.exitCode = 1;
  }
}
