/** What --debug adds on standard error. Secrets never do. Source: cli.md 3.4, 5.6. */
import type { Host } from './context.ts';

/** Logs statements; of parameters only their kind and length, since any of them may be a secret. */
export function queryLogger(host: Host): (query: string, parameters: readonly unknown[]) => void {
  return (query, parameters) => {
    const shown = parameters.map(describe).join(', ');
    void host.stderr.write(`debug: ${query.replace(/\s+/g, ' ').trim()} [${shown}]\n`).catch(() => undefined);
  };
}

function describe(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return '***';
}

/** The stack of an error and of its causes, without the statements and parameters that database errors carry. */
export function debugText(error: Error): string {
  const frames = (at: Error): string =>
    (at.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .map((line) => line.trim())
      .join(' ');
  const causes: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) causes.push(`${at.name} ${frames(at)}`);
  return `debug: ${causes.join(' caused by ')}`;
}
