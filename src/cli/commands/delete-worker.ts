import { defineCommand } from '../command.ts';
import { confirm, confirmOptions, ifExistsOption } from '../confirm.ts';
import { workerColumns } from '../views/workers.ts';
import { byIdOption, findWorker, workerArgument } from '../worker-argument.ts';
import { unlessMissing } from '../when-missing.ts';

export default defineCommand({
  group: 'Workers',
  summary: 'Remove a registration made by mistake',
  description:
    'Deletes an external worker that never had a work request, together with its token. Any other is disabled instead.',
  arguments: { worker: workerArgument },
  options: { id: byIdOption, ...confirmOptions, ...ifExistsOption },
  database: 'write',
  exitCodes: {
    2: 'nobody can be asked',
    3: 'unknown worker',
    4: 'it is internal, or work requests refer to it',
  },
  examples: [{ what: 'A wrong host name', command: 'debusine-admin delete-worker buidl1-example-org --yes' }],
  related: ['manage-worker disable', 'list-workers'],
  async look(context, input) {
    const workers = await import('../../models/workers.ts');
    const worker = await unlessMissing(input.ifExists, () => findWorker(context, input.worker, input.id));
    if (worker === undefined) return undefined;
    await workers.refuseInUse(context.db, worker);
    return { worker, shown: await workers.summary(context.db, worker.id) };
  },
  async ask(context, input, seen) {
    if (seen === undefined) return seen;
    const { name } = seen.worker;
    await confirm(context, input, {
      text: `Delete worker "${name}" and its token?`,
      refusal: `delete worker "${name}"`,
      rows: [seen.shown],
      columns: workerColumns,
    });
    return seen;
  },
  async run({ db }, input, seen) {
    if (seen === undefined) return { name: input.worker, deleted: false, token_id: null };
    const { id, name, tokenId } = seen.worker;
    if (input.dryRun) return { name, deleted: true, token_id: tokenId };
    const workers = await import('../../models/workers.ts');
    return { name, deleted: true, token_id: await workers.removeRegistration(db, id) };
  },
}).shownAs({
  kind: 'change',
  columns: [
    { key: 'name', label: 'Name', type: 'text', description: 'name of the worker' },
    { key: 'deleted', label: 'Deleted', type: 'boolean', description: 'false when there was none' },
    {
      key: 'token_id',
      label: 'Token',
      type: 'integer',
      nullable: true,
      description: 'number of the token that went with it',
    },
  ],
  note: ({ name, deleted }, did) =>
    deleted ? `${did('deleted', 'delete')} worker "${name}" and its token` : `there is no worker "${name}"`,
});
