import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { expect } from 'vitest';
import { workflowTemplates } from '../../src/schema/workflow-templates.ts';
import { test } from '../support/database.ts';
import { runCommand } from '../support/run-command.ts';

test('--set, --set-string and --set-file act in the order of the command line, whichever of them it is', async ({
  database,
}) => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'data-')), 'vendor');
  writeFileSync(file, 'from-file');
  const changes = {
    yaml: ['--set', 'vendor=yaml'],
    text: ['--set-string', 'vendor=text'],
    file: ['--set-file', `vendor=${file}`],
  };
  const orders = [
    { name: 'yaml-last', words: [...changes.text, ...changes.file, ...changes.yaml], vendor: 'yaml' },
    { name: 'text-last', words: [...changes.file, ...changes.yaml, ...changes.text], vendor: 'text' },
    { name: 'file-last', words: [...changes.yaml, ...changes.text, ...changes.file], vendor: 'from-file' },
  ];
  for (const { name, words, vendor } of orders) {
    const outcome = await runCommand(database, [
      ...['create-workflow-template', name, 'update_environments', '--workspace', 'System'],
      ...words,
    ]);
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    const [row] = await database.db.select().from(workflowTemplates).where(eq(workflowTemplates.name, name));
    expect(row?.taskData).toEqual({ vendor });
  }
});
