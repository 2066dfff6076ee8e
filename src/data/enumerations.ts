/** Closed sets of words that stand in stored data. Source: data-schemas.md 1. */

/** Kinds of task. */
export const taskTypes = ['Worker', 'Server', 'Internal', 'Workflow'] as const;
export type TaskType = (typeof taskTypes)[number];

/** How a worker isolates what it runs. */
export const executorBackends = ['auto', 'unshare', 'schroot', 'incus-lxc', 'incus-vm', 'qemu'] as const;
export type ExecutorBackend = (typeof executorBackends)[number];

/** What a collection item can hold. */
export const childTypes = ['bare', 'artifact', 'collection'] as const;
export type ChildType = (typeof childTypes)[number];

/** What a lookup can be asked for. */
export const expectedTypes = [...childTypes, 'any'] as const;
export type ExpectedType = (typeof expectedTypes)[number];

/** Formats of a disk image. */
export const imageFormats = ['raw', 'qcow2'] as const;

/** Severities of a lintian tag, highest first. */
export const lintianSeverities = [
  'error',
  'warning',
  'info',
  'pedantic',
  'experimental',
  'overridden',
  'classification',
] as const;
