import { type FileStoreBackend, fileStoreBackends } from '../../data/file-stores.ts';
import { oneOf } from './one-of.ts';

/** Parses the name of a backend. @throws UsageError for any other word, with the list */
export const parseBackend = oneOf<FileStoreBackend>(
  Object.fromEntries(fileStoreBackends.map((backend) => [backend, backend])),
);
