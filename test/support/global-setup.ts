/** Starts one PostgreSQL for the whole suite and migrates the template that every test file clones. */
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { startThrowawayCluster } from './cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cluster: { readonly host: string; readonly port: number; readonly user: string };
  }
}

export const templateName = 'debusine_template';

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const cluster = await startThrowawayCluster();
  const { host, port, user } = cluster.connection;
  const admin = postgres({
    host,
    port,
    user,
    database: cluster.connection.database,
    max: 1,
    onnotice: () => {},
  });
  await admin.unsafe(`create database ${templateName}`);
  const client = postgres({
    host,
    port,
    user,
    database: templateName,
    max: 1,
    fetch_types: false,
    onnotice: () => {},
  });
  await migrate(openDatabase(client));
  await client.end();
  // Nobody can be connected to a template while it is cloned.
  await admin.unsafe(`alter database ${templateName} with is_template true allow_connections false`);
  await admin.end();
  provide('cluster', { host, port, user });
  return cluster.stop;
}
