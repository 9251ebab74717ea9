import { execFileSync, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { choosePort } from '../../local/ports.ts';
import { mustClose } from './leaks.ts';

/** Where prometheus and promtool are: PROMETHEUS_BIN, what .ci/get-prometheus has unpacked, PATH; null = nowhere. */
export function findPrometheus(): string | null {
  const folders = [
    process.env['PROMETHEUS_BIN'],
    '.local/prometheus/usr/bin',
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  return (
    folders.find(
      (folder) => folder && existsSync(join(folder, 'promtool')) && existsSync(join(folder, 'prometheus')),
    ) ?? null
  );
}

/** Throws with what it printed if it fails. */
export function promtool(bin: string, ...args: string[]): string {
  try {
    return execFileSync(join(bin, 'promtool'), args, { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`promtool ${args.join(' ')}:\n${stdout}${stderr}`);
  }
}

export interface RunningPrometheus {
  /** Names of the alerts that fire now. */
  firing(): Promise<string[]>;
  stop(): Promise<void>;
}

/** A Prometheus that scrapes `target` and evaluates `rules` (YAML) each second. */
export async function startPrometheus(
  bin: string,
  folder: string,
  target: string,
  rules: string,
): Promise<RunningPrometheus> {
  const closed = mustClose('Prometheus (call stop() in afterAll)');
  const address = `127.0.0.1:${(await choosePort()).port}`;
  writeFileSync(join(folder, 'rules.yml'), rules);
  writeFileSync(
    join(folder, 'prometheus.yml'),
    `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
scrape_configs: [{ job_name: scenario-push, static_configs: [{ targets: ['${target}'] }] }]
`,
  );
  const options = [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=${address}`,
    '--log.level=error',
  ];
  const child = spawn(join(bin, 'prometheus'), options, { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    firing: async () => {
      const answer = await fetch(`http://${address}/api/v1/alerts`).catch(() => null);
      if (!answer?.ok) return [];
      const { data } = (await answer.json()) as {
        data: { alerts: { state: string; labels: { alertname: string } }[] };
      };
      return [
        ...new Set(data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname)),
      ].sort();
    },
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      closed();
    },
  };
}
