// Decides the tokens of rfc_examples.json with npm's jose, each with its key.
// Usage: node jose_decide.mjs EXAMPLES
// Prints a line a token, "NAME: valid" or "NAME: refused", and exits 0; with 2 for what is no verdict of jose.
import {readFileSync} from 'node:fs';
import {compactVerify, errors, importJWK} from 'jose';

const examples = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const keys = new Map(examples.keys.map((key) => [key.name, key.jwk]));
const keyOf = (token) => (header) => importJWK(keys.get(token.key), header.alg);

for (const token of examples.tokens) {
  try {
    await compactVerify(token.token, keyOf(token));
    console.log(`${token.name}: valid`);
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) {
      console.error(token.name, error);
      process.exit(2);
    }
    console.log(`${token.name}: refused`);
  }
}
