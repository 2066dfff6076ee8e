/** The documents of the commands that tidy up are what `--json-schema` says, down to the last key. */
import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { test } from '../support/database.ts';
import { aFile, aFileInArtifact, aFileInStore, anArtifact, aRelation, at } from '../support/factories.ts';
import { runCommand } from '../support/run-command.ts';

/** The schema, but that nothing may be in a document that it does not name. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, strict(value)]);
  return {
    ...Object.fromEntries(entries),
    ...('properties' in schema ? { additionalProperties: false } : {}),
  };
}

test.for([
  ['expire-artifacts', '--dry-run'],
  ['expire-artifacts', '--explain', '1'],
  ['expire-artifacts', '--explain', '1', '2'],
  ['expiry-forecast', '--days', '2'],
  ['vacuum-storage', '--dry-run'],
  ['expire-artifacts', '--verbose', '--progress', 'none'],
  ['vacuum-storage', '--verbose'],
])('%j', async (words, { database }) => {
  const { db } = database;
  await db.execute(sql`truncate db_artifact, db_artifactrelation, db_fileinartifact, db_fileupload, db_fileinstore,
    db_file, db_collectionitem, db_collection restart identity cascade`);
  const created = at('2024-04-01');
  const made = [
    await anArtifact(db, { createdAt: created, expirationDelay: '1 day' }),
    await anArtifact(db, { createdAt: created, expirationDelay: '0' }),
    await anArtifact(db, { createdAt: created, expirationDelay: '1 day' }),
  ] as const;
  await aRelation(db, made[1], made[0]);
  for (const artifact of made) {
    const file = await aFile(db, `content ${artifact.id}`);
    await aFileInArtifact(db, artifact, file);
    await aFileInStore(db, file);
  }
  const store = mkdtempSync(path.join(tmpdir(), 'documents-'));
  mkdirSync(path.join(store, 'aa', 'bb', 'cc'), { recursive: true });
  const orphan = path.join(store, 'aa', 'bb', 'cc', `aabbcc${'0'.repeat(58)}-4`);
  writeFileSync(orphan, 'left');
  utimesSync(orphan, new Date(2020, 1), new Date(2020, 1));
  const env = { DEBUSINE_STORE_DIRECTORY: store, DEBUSINE_UPLOAD_DIRECTORY: store };

  const { stdout } = await runCommand(database, [...words, '--json'], { env });
  const schema = await runCommand(null, [words[0] ?? '', '--json-schema']);

  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
    strict(JSON.parse(schema.stdout)) as object,
  );
  validate(JSON.parse(stdout));
  expect(validate.errors).toBeNull();
});
