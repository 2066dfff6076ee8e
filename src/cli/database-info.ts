/** What `database info` finds out. */
import type { Origin } from '../config/settings.ts';
import { describe } from '../db/connection/parameters.ts';
import { databaseFacts } from '../db/facts.ts';
import { requiredLevel } from '../db/required-level.ts';
import { DebusineError } from '../errors.ts';
import type { Context } from './context.ts';
import { openSession } from './session.ts';
import { version } from './version.ts';

export interface DatabaseInfo {
  readonly version: string;
  readonly required_level: string;
  readonly url: string | null;
  readonly connected: boolean;
  readonly problem: string | null;
  readonly level: string | null;
  readonly server_version: string | null;
  readonly size_bytes: number | null;
  readonly settings: readonly Origin[];
}

/** Never fails because of the database: what is wrong with it is part of the answer. */
export async function info(context: Context): Promise<DatabaseInfo> {
  const { settings, host } = context;
  const { database } = settings;
  const known = {
    version,
    required_level: requiredLevel,
    url: database.kind === 'server' ? describe(database.connection) : null,
    settings: settings.origins,
  };
  try {
    const session = await openSession(settings, host, {
      applicationName: 'debusine-admin database info',
      mayInit: false,
      onQuery: undefined,
      note: context.note,
    });
    try {
      return { ...known, connected: true, problem: null, ...(await databaseFacts(session.db)) };
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof DebusineError)) throw error;
    const nothing = { level: null, server_version: null, size_bytes: null };
    return { ...known, ...nothing, connected: false, problem: error.message };
  }
}
