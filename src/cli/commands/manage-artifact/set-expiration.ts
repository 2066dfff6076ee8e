import { durationForm } from '../../../output/forms.ts';
import { argument, defineCommand, several } from '../../command.ts';
import { dryRunOption } from '../../confirm.ts';
import { artifactsNamed } from '../../looked-up.ts';
import { intervalText, parseInheritableDelay } from '../../values/duration.ts';

export default defineCommand({
  group: 'Artifacts',
  summary: 'Keep artifacts longer or shorter',
  description:
    'Gives artifacts a delay of their own, counted from when each was made, or takes it away, so that the delay of ' +
    'their workspace counts. All or none. Nothing is deleted here: expire-artifacts does that.',
  arguments: {
    delay: argument('DELAY', 'days (10), a duration (36h), never or inherit', parseInheritableDelay),
    artifacts: several(argument('ARTIFACT', 'number of an artifact, or a lookup that ends in one')),
  },
  options: dryRunOption,
  database: 'write',
  exitCodes: { 2: 'not a delay', 3: 'unknown artifact' },
  examples: [
    { what: 'For ever', command: 'debusine-admin manage-artifact set-expiration never 12' },
    {
      what: 'As long as the workspace says',
      command: 'debusine-admin manage-artifact set-expiration inherit 12',
    },
  ],
  related: ['show-artifact', 'list-artifacts', 'expire-artifacts'],
  async run(context, { delay, artifacts: names }) {
    const { db, now, note } = context;
    const artifacts = await import('../../../models/artifacts.ts');
    const ids = await artifactsNamed(context, names, 'ARTIFACT');
    const set = await artifacts.setExpiration(
      db,
      ids,
      { delay: delay === null ? null : intervalText(delay) },
      now,
    );
    const over = set.filter(({ expired, changed }) => expired && changed).map(({ id }) => id);
    if (over.length > 0) {
      await note(
        `artifact${over.length === 1 ? '' : 's'} ${over.join(', ')}: the time is over at once; the next expire-artifacts deletes what nothing needs`,
      );
    }
    return set;
  },
}).shownAs({
  kind: 'changes',
  columns: [
    { key: 'id', label: 'ID', type: 'integer', description: 'number of the artifact' },
    {
      key: 'expiration_delay_seconds',
      label: 'Own delay',
      type: 'seconds',
      nullable: true,
      description: 'its own delay; null: that of the workspace; 0: never',
    },
    {
      key: 'expire_at',
      label: 'Expires',
      type: 'instant',
      nullable: true,
      description: 'when its time is over; null: never',
    },
    { key: 'expired', label: 'Expired', type: 'boolean', description: 'whether its time is over' },
    { key: 'changed', label: 'Changed', type: 'boolean', description: 'whether anything changed' },
  ],
  note(set, did) {
    const ids = set.filter(({ changed }) => changed).map(({ id }) => id);
    const delay = set[0]?.expiration_delay_seconds ?? null;
    const how =
      delay === null ? 'as long as the workspace says' : delay === 0 ? 'for ever' : durationForm(delay);
    if (ids.length === 0) return 'unchanged';
    return `${did('kept', 'keep')} ${how}: artifact${ids.length === 1 ? '' : 's'} ${ids.join(', ')}`;
  },
});
