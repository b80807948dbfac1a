// Renders the Kubernetes manifests with `kubectl kustomize`, has kubernetes-models check each against its schema, and checks what
// the project promises of them. Usage: node manifests_test.mjs MANIFESTS_FOLDER KUSTOMIZATION…
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {cpSync, mkdtempSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {parseAllDocuments} from 'yaml';

async function schemaOf({apiVersion, kind}) {
  const models = await import(`kubernetes-models/${apiVersion}`);
  const model = models[kind];
  assert.ok(model, `no schema for ${apiVersion} ${kind}`);
  return model;
}

function checkPod(spec) {
  assert.equal(spec.automountServiceAccountToken, false);
  assert.equal(spec.securityContext.runAsUser, 65532);
  assert.equal(spec.securityContext.runAsNonRoot, true);
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    assert.equal(container.securityContext.readOnlyRootFilesystem, true, container.name);
    assert.equal(container.securityContext.allowPrivilegeEscalation, false, container.name);
    assert.deepEqual(container.securityContext.capabilities, {drop: ['ALL']}, container.name);
  }
  const [signetd] = spec.containers;
  assert.equal(signetd.readinessProbe.grpc.port, 8445);
  assert.equal(signetd.livenessProbe.httpGet.path, '/livez');
  assert.equal(signetd.startupProbe.httpGet.path, '/livez');
}

// Whoever reads a configuration needs the folders of the sockets that it names.
function checkSockets(spec, configuration) {
  const folders = [...configuration.matchAll(/unix:([^"\s]+)/g)].map((match) => path.dirname(match[1]));
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    const mounted = container.volumeMounts.map((mount) => mount.mountPath);
    if (!mounted.includes('/etc/signet')) continue;
    for (const folder of folders) assert.ok(mounted.includes(folder), `${container.name} lacks ${folder}`);
    for (const mount of container.volumeMounts) {
      assert.ok(spec.volumes.some((volume) => volume.name === mount.name), `${container.name} mounts ${mount.name}`);
    }
  }
}

// The Pod Security Standards: `restricted` takes what checkPod holds, but no hostPath, and nor does `baseline`.
function checkPodSecurity(spec, namespace) {
  const level = namespace.metadata.labels['pod-security.kubernetes.io/enforce'];
  assert.equal(level, spec.volumes.some((volume) => volume.hostPath) ? 'privileged' : 'restricted');
  assert.equal(spec.securityContext.seccompProfile.type, 'RuntimeDefault');
}

const [manifests, ...kustomizations] = process.argv.slice(2);
// kubectl follows no link out of the folder, and in the sandbox every file is one.
const copy = mkdtempSync(path.join(process.env.TEST_TMPDIR ?? tmpdir(), 'manifests-'));
cpSync(manifests, copy, {recursive: true, dereference: true});

for (const kustomization of kustomizations) {
  const rendered = execFileSync('kubectl', ['kustomize', path.join(copy, kustomization)], {encoding: 'utf8'});
  const objects = parseAllDocuments(rendered).map((document) => document.toJS());
  for (const object of objects) {
    const Model = await schemaOf(object);
    try {
      new Model(object).validate();
    } catch (error) {
      assert.fail(`${kustomization}: ${object.kind} ${object.metadata.name}: ${error.message}`);
    }
  }
  const [deployment, ...others] = objects.filter((object) => object.kind === 'Deployment');
  assert.equal(others.length, 0);
  assert.equal(deployment.spec.replicas, 1);
  assert.equal(deployment.spec.strategy.type, 'Recreate');
  const configuration = readFileSync(path.join(copy, kustomization, 'signet.yaml'), 'utf8');
  const [namespace] = objects.filter((object) => object.kind === 'Namespace');
  checkPod(deployment.spec.template.spec);
  checkSockets(deployment.spec.template.spec, configuration);
  checkPodSecurity(deployment.spec.template.spec, namespace);
  const ports = deployment.spec.template.spec.containers[0].ports.map((port) => port.name);
  const [service] = objects.filter((object) => object.kind === 'Service');
  assert.ok(service.spec.ports.every((port) => ports.includes(port.targetPort)));
  console.log(`${kustomization}: ${objects.length} objects are valid`);
}

const job = parseAllDocuments(readFileSync(path.join(copy, 'production/bootstrap-job.yaml'), 'utf8'))[0].toJS();
new (await schemaOf(job))(job).validate();
assert.equal(job.spec.template.spec.securityContext.runAsUser, 65532);
checkSockets(job.spec.template.spec, readFileSync(path.join(copy, 'production/signet.yaml'), 'utf8'));

// The validator must be able to refuse, or the above would prove nothing.
const {Deployment} = await import('kubernetes-models/apps/v1');
assert.throws(() => new Deployment({metadata: {name: 'x'}, spec: {replicas: 'one'}}).validate());

const apiServer = parseAllDocuments(readFileSync(path.join(copy, 'api-server/kube-apiserver-patch.yaml'), 'utf8'))[0].toJS();
new (await schemaOf(apiServer))(apiServer).validate();
const endpoint = readFileSync(path.join(copy, 'api-server/signet.yaml'), 'utf8').match(/socket_path: (\S+)/)[1];
assert.ok(apiServer.spec.containers[0].command.includes(`--service-account-signing-endpoint=${endpoint}`));
assert.equal(apiServer.spec.volumes[0].hostPath.path, path.dirname(endpoint));
