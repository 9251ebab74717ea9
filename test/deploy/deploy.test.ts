import { describe, expect, test } from '@jest/globals';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { parse } from 'yaml';
import { readContainerfile, readCopy } from '../../deploy/containerfile.ts';
import { SECOND } from '../../domain/durations.ts';
import { readConsoleConfig } from '../../console/config.ts';
import { readConfig } from '../../worker/config.ts';
import { readCompose } from '../support/compose.ts';
import { LAST_ANSWERS } from '../../domain/timing.ts';

const KINDS = { ConfigMap, Deployment, Job, NetworkPolicy, PodDisruptionBudget, Service, ServiceAccount };

// oxlint-disable-next-line typescript/no-explicit-any -- whatever stands in a file
type Yaml = any;

function read(file: string): Yaml {
  return parse(readFileSync(file, 'utf8'), { merge: true });
}

describe('the image', () => {
  const stages = readContainerfile('deploy/Containerfile');
  const copies = stages.flatMap(({ instructions }) =>
    instructions.filter(({ name }) => name === 'COPY').map(({ value }) => readCopy(value)),
  );
  const copied = copies.filter(({ from }) => from === null).flatMap(({ sources }) => sources);

  test('copies what is there', () => {
    expect(copied.filter((source) => !existsSync(source))).toEqual([]);
  });

  test('is given by the ignore file exactly what it copies', () => {
    const allowed = readFileSync('deploy/Containerfile.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const needed = new Set(copied.map((source) => /^(worker|activities)\//.exec(source)?.[1] ?? source));
    expect(allowed.toSorted()).toEqual([...needed].toSorted());
  });

  test('holds every folder that the command line imports from, and migrations', () => {
    const reached = new Set<string>();
    const follow = (folder: string): void => {
      if (reached.has(folder)) return;
      reached.add(folder);
      for (const file of globSync(`${folder}/**/*.ts`)) {
        // Types are gone when it runs.
        const text = readFileSync(file, 'utf8');
        const imports = /^(?:import|export) (?!type\b).*?from '(\.[^']+)'|import\('(\.[^']+)'/gm;
        for (const [, from, late] of text.matchAll(imports)) follow(join(file, '..', (from ?? late)!).split('/')[0]!);
      }
    };
    follow('cli');
    const run = stages
      .at(-1)!
      .instructions.filter(({ name }) => name === 'COPY')
      .flatMap(({ value }) => readCopy(value).sources);
    expect([...reached, 'migrations'].filter((folder) => !run.includes(folder))).toEqual([]);
  });

  test('builds the workflows from all that they import', () => {
    const { instructions } = stages.find(({ name }) => name === 'build')!;
    const given = instructions.filter(({ name }) => name === 'COPY').flatMap(({ value }) => readCopy(value).sources);
    const imported = globSync('workflows/**/*.ts').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type\b).*?from '(?:\.\.\/)+([^']+)'/gm)].map(
        ([, path]) => path!,
      ),
    );
    expect(imported.filter((path) => !given.some((source) => `${path}/`.startsWith(`${source}/`)))).toEqual([]);
  });

  test('runs as somebody who is not root', () => {
    expect(stages.at(-1)!.instructions.find(({ name }) => name === 'USER')!.value).toMatch(/^[1-9]\d*:/);
  });
});

describe('the Kubernetes manifests', () => {
  const files: string[] = read('deploy/kubernetes/kustomization.yaml').resources;
  const objects = files.map((file) => read(`deploy/kubernetes/${file}`));
  const of = (kind: string) => objects.find((object) => object.kind === kind);

  test('are all listed', () => {
    const there = globSync('deploy/kubernetes/*.yaml').map((file) => file.split('/').at(-1)!);
    expect(there.toSorted()).toEqual([...files, 'kustomization.yaml'].toSorted());
  });

  test.each<[keyof typeof KINDS, Yaml]>(objects.map((object) => [object.kind, object]))(
    '%s is what Kubernetes takes',
    (kind, object) => {
      const model = new KINDS[kind](object);
      expect(() => model.validate()).not.toThrow();
    },
  );

  test('a field of the wrong type is noticed', () => {
    const wrong = structuredClone(of('Deployment'));
    wrong.spec.replicas = 'two';
    expect(() => new Deployment(wrong).validate()).toThrow(/replicas/);
  });

  test('a worker that is told to stop gets longer than it gives its requests', () => {
    const config = readConfig({
      DATABASE_URL: 'postgres://database/push',
      FIREBASE_MESSAGING_EMULATOR_HOST: '127.0.0.1:9099',
    });
    const grace = config.graceSeconds + LAST_ANSWERS / SECOND;
    expect(of('Deployment').spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(grace);
    expect(Number.parseInt(read('deploy/compose.yaml').services.worker.stop_grace_period, 10)).toBeGreaterThan(grace);
  });

  test('hold no secret, and only names of Secrets that docs/production.md tells to make', () => {
    expect(objects.filter((object) => object.kind === 'Secret')).toEqual([]);
    const names = [
      ...JSON.stringify(objects).matchAll(/"secretKeyRef":\{"name":"([^"]+)"|"secretName":"([^"]+)"/g),
    ].map((match) => match[1] ?? match[2]!);
    const page = readFileSync('docs/production.md', 'utf8');
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  test('probe the port at which the worker is told to answer', () => {
    const { containers } = of('Deployment').spec.template.spec;
    expect(of('ConfigMap').data.HEALTH_ADDRESS).toBe(`0.0.0.0:${containers[0].ports[0].containerPort}`);
    expect(containers[0].readinessProbe.httpGet.path).toBe('/readyz');
    expect(containers[0].livenessProbe.httpGet.path).toBe('/healthz');
  });

  test('let nobody in but Prometheus, run nobody as root, and write to no image', () => {
    expect(of('NetworkPolicy').spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
    const metricsPort = 9464;
    expect(
      of('NetworkPolicy').spec.ingress.flatMap(({ ports }: { ports: { port: number }[] }) =>
        ports.map(({ port }) => port),
      ),
    ).toEqual([metricsPort]);
    const deployments = objects.filter((object) => object.kind === 'Deployment');
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual(['scenario-push-worker', 'scenario-push-console']);
    for (const { spec } of [...deployments, of('Job')].map((object) => object.spec.template)) {
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true });
      expect(spec.containers[0].securityContext).toMatchObject({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
      });
      expect(spec.automountServiceAccountToken).toBe(false);
    }
  });
});

test('the compose file starts the worker after the schema is migrated and its login made, from the same image', () => {
  const { services } = read('deploy/compose.yaml');
  expect(services.worker.depends_on.logins.condition).toBe('service_completed_successfully');
  expect(services.logins.depends_on.migrate.condition).toBe('service_completed_successfully');
  expect(services.migrate.command).toEqual(['migrate', 'up']);
  expect([services.worker.image, services.migrate.image]).toEqual(['scenario-push', 'scenario-push']);
});

describe('a console', () => {
  const { services } = read('deploy/compose.yaml');
  const manifest = (name: string) => read(`deploy/kubernetes/${name}.yaml`);

  test('of the compose file starts with a login of its own, for this machine alone', () => {
    expect(services.console).toMatchObject({ image: 'scenario-push', read_only: true, cap_drop: ['ALL'] });
    expect(services.console.depends_on.logins.condition).toBe('service_completed_successfully');
    expect(services.console.ports).toEqual(['127.0.0.1:4747:4747']);
    const token = 'x'.repeat(32);
    const passwords = {
      POSTGRES_PASSWORD: 'p',
      WORKER_PASSWORD: 'w',
      CONSOLE_PASSWORD: 'c',
      FIREBASE_CREDENTIALS: '/none',
    };
    const { environment } = readCompose({ ...passwords, CONSOLE_TOKEN: token })['console']!;
    expect(readConsoleConfig(environment!)).toMatchObject({
      databaseUrl: 'postgres://scenario_push_console:c@postgres:5432/scenario_push',
      operatorToken: token,
      supabase: null,
      webUi: 'http://127.0.0.1:8080',
    });
  });

  test('of the manifests has no operator alone: without persons it does not start', () => {
    const [container] = manifest('console').spec.template.spec.containers;
    expect(container.args).toEqual(['console', '--host', '0.0.0.0', '--port', '4747']);
  });

  test('is reached and probed at the port on which it listens', () => {
    const [{ ports, livenessProbe }] = manifest('console').spec.template.spec.containers;
    expect(ports).toEqual([{ name: 'http', containerPort: 4747 }]);
    expect(livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
    expect(manifest('console-service').spec.ports[0].targetPort).toBe('http');
    expect(manifest('console-network-policy').spec.ingress[0].ports).toEqual([{ protocol: 'TCP', port: 4747 }]);
    const labels = manifest('console').spec.template.metadata.labels;
    expect(manifest('console-service').spec.selector).toEqual(labels);
    expect(manifest('console-network-policy').spec.podSelector.matchLabels).toEqual(labels);
  });
});
