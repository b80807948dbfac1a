// Verifies a service-account token with npm's jose, by keys as v1.ExternalJWTSigner/FetchKeys has them.
// Usage: node service_account_verify.mjs KEYS TOKEN    KEYS is a JSON file: kid -> SPKI in base64url
import {readFileSync} from 'node:fs';
import {createPublicKey} from 'node:crypto';
import {jwtVerify} from 'jose';

const [path, token] = process.argv.slice(2);
const keys = JSON.parse(readFileSync(path, 'utf8'));
const {payload} = await jwtVerify(token, ({kid}) => createPublicKey({key: Buffer.from(keys[kid], 'base64url'), format: 'der', type: 'spki'}));
console.log(`jose: valid, sub ${payload.sub}`);
