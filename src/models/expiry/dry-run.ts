/** What a run would do. Source: expiry.md, E4; cli.md 8.8. */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { interruptible } from '../../db/interruptible.ts';
import { stream } from '../../db/stream.ts';
import { description, type ExpiryItem } from './describe.ts';
import { effects } from './effects.ts';
import { countHistory } from './history.ts';
import { chosenArtifacts, planning } from './plan.ts';
import type { ExpiryHooks, ExpiryOptions, ExpirySummary } from './summary.ts';

/** What a run would do at the same instant to an idle database, and the artifacts that it would delete, in order. */
export interface DryRun {
  readonly summary: ExpirySummary;
  /** A batch at a time, so that memory does not grow with their number. */
  readonly items: AsyncIterable<readonly ExpiryItem[]>;
}

/**
 * Writes nothing, and locks nothing that anybody could feel.
 * @param db not a transaction
 * @param use what is done with the answer, while it can be read
 * @throws InterruptedError
 */
export function dryRun<T>(
  db: Db,
  options: ExpiryOptions,
  hooks: ExpiryHooks,
  use: (found: DryRun) => Promise<T>,
): Promise<T> {
  const { at, workspaceIds, limit, history, files } = options;
  const began = hooks.elapsedMs();
  const startedAt = hooks.now();
  const scope = { at, workspaceIds, limit, asIfTrimmed: history };
  return interruptible(db, hooks.signal, () =>
    planning(db, scope, async (tx, plan) => {
      const trimmed = history ? await countHistory(tx, { at, workspaceIds }) : { unlinked: 0, deleted: 0 };
      const facts = await effects(tx, scope);
      const isCut = plan.chosen < plan.deletable;
      const summary: ExpirySummary = {
        command: 'expire-artifacts',
        dry_run: true,
        at,
        started_at: startedAt,
        finished_at: hooks.now(),
        complete: !isCut,
        stopped_by: isCut ? 'limit' : null,
        workspaces: null,
        artifacts: {
          ...plan.counts,
          deleted: plan.chosen,
          skipped: 0,
          remaining: plan.deletable - plan.chosen,
        },
        kept_by: plan.keptBy,
        relations_deleted: facts.relations,
        collection_items: { ...trimmed, removed_from_finished_workflows: facts.items },
        files: {
          unused: files ? facts.files + facts.external : 0,
          removed: files ? facts.files : 0,
          failed: 0,
          external: files ? facts.external : 0,
          still_used: facts.stillUsed.files,
        },
        bytes: { freed: files ? facts.bytes : 0, still_used: facts.stillUsed.bytes },
        stores: files ? facts.stores : [],
        seconds: (hooks.elapsedMs() - began) / 1000,
        errors: [],
      };
      return use({ summary, items: chosenItems(tx) });
    }),
  );
}

async function* chosenItems(tx: Db): AsyncGenerator<readonly ExpiryItem[]> {
  const query = sql`
    select ${description} as record
    from ${chosenArtifacts} g join db_artifact a on a.id = g.id join db_workspace w on w.id = a.workspace_id
    order by g.position`;
  for await (const rows of stream<{ record: string }>(tx, query)) {
    yield rows.map(({ record }) => JSON.parse(record) as ExpiryItem);
  }
}
