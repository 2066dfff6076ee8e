/** Arguments and options that the collection commands share. Source: cli.md 7.1, 8.6. */
import { argument, option } from './command.ts';
import { parseRetention } from './values/duration.ts';

export const collectionArgument = argument(
  'COLLECTION',
  'NAME@CATEGORY, a number, or a lookup that ends in a collection',
  { completes: 'collection' },
);

export const retentionOptions = {
  fullHistoryRetention: option(
    '--full-history-retention <DURATION>',
    'how long removed items hold their artifacts: days (10), a duration (36h) or forever',
    parseRetention,
  ),
  metadataOnlyRetention: option(
    '--metadata-only-retention <DURATION>',
    'how long they are remembered after that: days (10), a duration (36h) or forever',
    parseRetention,
  ),
} as const;
