// Makes keys with npm's jose, and opens with them what was sealed to them.
// Usage: node jose_open.mjs make FOLDER NAME…    writes NAME.private.json and NAME.public.json for each: ec, rsa2048, rsa4096
//        node jose_open.mjs open FOLDER NAME…    opens NAME.jwe; prints a line for each, and exits 0 if all could be opened
import {readFileSync, writeFileSync} from 'node:fs';
import {compactDecrypt, exportJWK, generateKeyPair, importJWK} from 'jose';

const [verb, folder, ...names] = process.argv.slice(2);
const path = (name, kind) => `${folder}/${name}.${kind}`;
const managements = {
  ec: ['ECDH-ES', {crv: 'P-256'}],
  rsa2048: ['RSA-OAEP', {modulusLength: 2048}],
  rsa4096: ['RSA-OAEP', {modulusLength: 4096}],
};

for (const name of names) {
  const [alg, options] = managements[name];
  if (verb === 'make') {
    const {publicKey, privateKey} = await generateKeyPair(alg, {...options, extractable: true});
    writeFileSync(path(name, 'private.json'), JSON.stringify(await exportJWK(privateKey)));
    writeFileSync(path(name, 'public.json'), JSON.stringify({...await exportJWK(publicKey), alg, kid: `my ${name}`, use: 'enc'}));
  } else {
    const key = await importJWK(JSON.parse(readFileSync(path(name, 'private.json'))), alg);
    const {plaintext, protectedHeader} = await compactDecrypt(readFileSync(path(name, 'jwe'), 'utf8'), key, {
      keyManagementAlgorithms: [alg],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    console.log(`${protectedHeader.kid}: ${new TextDecoder().decode(plaintext)}`);
  }
}
