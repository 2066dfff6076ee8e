import { UsageError } from '../../errors.ts';
import { defineCommand, flag, option, options } from '../command.ts';
import { likePattern } from '../values/glob.ts';
import { idOf } from '../values/integer.ts';
import { parseSize } from '../values/size.ts';
import { parseTime } from '../values/time.ts';
import { artifactColumns } from '../views/artifacts.ts';

export default defineCommand({
  group: 'Artifacts',
  summary: 'Find artifacts',
  description:
    'Finds artifacts, the newest first. --expired looks at the time alone; what would really go, expire-artifacts ' +
    '--dry-run tells. Streams: with --jsonl a list of any length needs little memory.',
  options: {
    workspace: options('--workspace <NAME>', 'in this workspace', { completes: 'workspace' }),
    category: options('--category <CATEGORY>', 'of this category'),
    createdBy: options('--created-by <USERNAME>', 'made by this user', { completes: 'user' }),
    workRequest: options('--work-request <N>', 'made by this work request', idOf<'WorkRequest'>()),
    createdAfter: option('--created-after <TIME>', 'made at this time or later', parseTime),
    createdBefore: option('--created-before <TIME>', 'made before this time', parseTime),
    expired: option('--expired [TIME]', 'whose time is over, now or at TIME', (text, context) =>
      parseTime(text === '' ? 'now' : text, context),
    ),
    notExpired: flag('--not-expired', 'whose time is not over'),
    neverExpires: flag('--never-expires', 'whose time never ends'),
    inCollection: option('--in-collection <COLLECTION>', 'that are active items of this collection', {
      completes: 'collection',
    }),
    relatedTo: option(
      '--related-to <N>',
      'directly related to this artifact, either way',
      idOf<'Artifact'>(),
    ),
    fileSha256: option('--file-sha256 <HEX>', 'with a file of this digest', (text, { what }) => {
      if (!/^[0-9a-f]{64}$/i.test(text)) throw new UsageError(`${what}: give 64 hex digits`);
      return text.toLowerCase();
    }),
    filePath: option('--file-path <GLOB>', 'with a file of this path; * stands for anything'),
    minSize: option('--min-size <SIZE>', 'with this many bytes or more: 4096, 10M, 2G', parseSize),
    incomplete: flag('--incomplete', 'with a file that none of the stores of the workspace has'),
  },
  exclusive: [['expired', 'notExpired', 'neverExpires']],
  database: 'read',
  exitCodes: { 3: 'a filter names an unknown workspace, user, collection, artifact or work request' },
  examples: [
    { what: 'The largest', command: 'debusine-admin list-artifacts --order -size_bytes --limit 10' },
    {
      what: 'What is kept for ever, for a script',
      command: 'debusine-admin list-artifacts --never-expires --jsonl',
    },
    { what: 'Whose time is over next week', command: 'debusine-admin list-artifacts --expired +7d --count' },
  ],
  related: ['show-artifact', 'expire-artifacts', 'manage-artifact set-expiration'],
  async run(context, input) {
    const artifacts = await import('../../models/artifacts.ts');
    const { inCollection } = input;
    return artifacts.list(
      context.db,
      {
        workspaces: given(input.workspace),
        categories: given(input.category),
        createdBy: given(input.createdBy),
        workRequests: given(input.workRequest),
        createdAfter: input.createdAfter,
        createdBefore: input.createdBefore,
        expiry: input.notExpired
          ? 'not-expired'
          : input.neverExpires
            ? 'never'
            : input.expired === undefined
              ? undefined
              : 'expired',
        expiredAt: input.expired,
        inCollection:
          inCollection === undefined
            ? undefined
            : (await (await import('../../models/lookups.ts')).namedCollection(context.db, inCollection)).id,
        relatedTo: input.relatedTo,
        fileSha256: input.fileSha256,
        filePathLike: input.filePath === undefined ? undefined : likePattern(input.filePath),
        minSizeBytes: input.minSize,
        incomplete: input.incomplete || undefined,
      },
      context.page,
      context.now,
    );
  },
}).shownAs({ kind: 'list', things: 'artifacts', columns: artifactColumns });

/** The values of an option that was given; undefined for one that was not. */
function given<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}
