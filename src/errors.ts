/**
 * Every error thrown on purpose. The message is for the operator: what is wrong, with which object. The hint
 * says what to do. Anything else that is thrown is a defect.
 */

/** What kind of refusal it is; the command line turns it into an exit status. Source: cli.md 3.2. */
export type ErrorCode =
  | 'usage'
  | 'confirmation_required'
  | 'not_found'
  | 'ambiguous'
  | 'invalid'
  | 'exists'
  | 'in_use'
  | 'wrong_state'
  | 'database_unreachable'
  | 'database_auth'
  | 'database_missing'
  | 'schema_missing'
  | 'schema_mismatch'
  | 'lock_timeout'
  | 'partial'
  | 'declined'
  | 'interrupted'
  | 'storage'
  | 'editor'
  | 'check_failed'
  | 'internal';

export interface ErrorInfo {
  /** What the reader can do about it, as a phrase or a command line. */
  readonly hint?: string | undefined;
  /** Facts for programs: names and ids, never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Base of all errors thrown on purpose. */
export class DebusineError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, info: ErrorInfo = {}) {
    super(message, info.cause === undefined ? undefined : { cause: info.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = info.hint;
    this.details = info.details ?? {};
  }
}

/** The command line itself is wrong: unknown option, missing or malformed argument. */
export class UsageError extends DebusineError {
  constructor(message: string, info: ErrorInfo & { readonly code?: 'usage' | 'confirmation_required' } = {}) {
    super(info.code ?? 'usage', message, info);
  }
}

/** A "get exactly one" found nothing. `kind` and `name` tell what was looked for. */
export class NotFoundError extends DebusineError {
  constructor(message: string, info: ErrorInfo = {}) {
    super('not_found', message, info);
  }
}

/** A "get exactly one" found several. */
export class MultipleFoundError extends DebusineError {
  constructor(message: string, info: ErrorInfo = {}) {
    super('ambiguous', message, info);
  }
}

/** Problems by field name; problems of no single field stand under `__all__`. Source: models.md 2.3. */
export type FieldProblems = Readonly<Record<string, readonly string[]>>;

/** Data refused by validation. All problems found are reported together. */
export class ValidationError extends DebusineError {
  readonly problems: FieldProblems;

  constructor(problems: FieldProblems, info: ErrorInfo = {}) {
    const lines = Object.values(problems).flat();
    super('invalid', lines.join('; '), { details: { problems }, ...info });
    this.problems = problems;
  }

  /** Each problem as one line. */
  get lines(): readonly string[] {
    return Object.values(this.problems).flat();
  }
}

/** Given data is refused for a reason that is not tied to one field of a model. */
export class InvalidInputError extends DebusineError {
  constructor(message: string, info: ErrorInfo = {}) {
    super('invalid', message, info);
  }
}

/** A delete is refused because another row needs this one. */
export class ProtectedError extends DebusineError {
  constructor(message: string, info: ErrorInfo = {}) {
    super('in_use', message, info);
  }
}

/** The object is in a state that does not allow the operation. */
export class InvalidTransitionError extends DebusineError {
  constructor(message: string, info: ErrorInfo = {}) {
    super('wrong_state', message, info);
  }
}

/** The object exists already with other properties. */
export class ConflictError extends DebusineError {
  constructor(message: string, info: ErrorInfo = {}) {
    super('exists', message, info);
  }
}

/** SQLSTATEs of class 23 that the database answers with. */
export type ConstraintKind = 'unique' | 'check' | 'exclusion' | 'foreign-key' | 'not-null';

/** A constraint of the database refused the row. */
export class ConstraintError extends DebusineError {
  /** Name of the constraint or unique index; for `not-null` the column. */
  readonly constraint: string;
  readonly kind: ConstraintKind;

  constructor(kind: ConstraintKind, constraint: string, message: string, info: ErrorInfo = {}) {
    const code =
      kind === 'unique' || kind === 'exclusion' ? 'exists' : kind === 'foreign-key' ? 'in_use' : 'invalid';
    super(code, message, { details: { constraint, kind }, ...info });
    this.kind = kind;
    this.constraint = constraint;
  }
}

/** A value does not fit its column: too long (22001), out of range (22003), not storable. */
export class DataError extends DebusineError {
  constructor(message: string, info: ErrorInfo = {}) {
    super('invalid', message, info);
  }
}

/** A bad combination of arguments, template or variables. Source: models.md 2.3. */
export class ArgumentError extends DebusineError {
  readonly kind: 'value-error' | 'key-error' | 'index-error';

  constructor(message: string, kind: ArgumentError['kind'] = 'value-error', info: ErrorInfo = {}) {
    super('invalid', message, info);
    this.kind = kind;
  }
}

/** A backend cannot do this operation. */
export class NotSupportedError extends DebusineError {
  constructor(message: string, info: ErrorInfo = {}) {
    super('invalid', message, info);
  }
}

/** A programming error of the caller, such as completing a work request with an empty result. */
export class AssertionError extends DebusineError {
  constructor(message: string, info: ErrorInfo = {}) {
    super('internal', message, info);
  }
}

/** A collection manager refuses to add an item. */
export class ItemAdditionError extends DebusineError {
  constructor(message: string, info: ErrorInfo & { readonly code?: 'invalid' | 'exists' } = {}) {
    super(info.code ?? 'invalid', message, info);
  }
}

/** A collection manager refuses to remove an item. */
export class ItemRemovalError extends DebusineError {
  constructor(message: string, info: ErrorInfo = {}) {
    super('wrong_state', message, info);
  }
}

/** A lookup is malformed or of the wrong type (`invalid-lookup`), or finds nothing (`not-found`). */
export class LookupError extends DebusineError {
  readonly kind: 'invalid-lookup' | 'not-found';

  constructor(kind: LookupError['kind'], message: string, info: ErrorInfo = {}) {
    super(kind === 'not-found' ? 'not_found' : 'invalid', message, info);
    this.kind = kind;
  }
}

/** The database cannot be used at all. */
export class DatabaseError extends DebusineError {
  constructor(
    code:
      'database_unreachable' | 'database_auth' | 'database_missing' | 'schema_missing' | 'schema_mismatch',
    message: string,
    info: ErrorInfo = {},
  ) {
    super(code, message, info);
  }
}

/** The connection was lost while it was in use. */
export class ConnectionLostError extends DatabaseError {
  /** Whether the transaction is known to have come to nothing, and another attempt may go better. */
  readonly isWorthAnother: boolean;

  constructor(message: string, info: ErrorInfo & { readonly isWorthAnother: boolean }) {
    super('database_unreachable', message, info);
    this.isWorthAnother = info.isWorthAnother;
  }
}

/** A lock was not given within the time limit. Trying again is safe. */
export class LockTimeoutError extends DebusineError {
  constructor(message: string, info: ErrorInfo = {}) {
    super('lock_timeout', message, info);
  }
}

/** Another session changed the same rows at the same moment, and one of the two had to give up. */
export class ConcurrentChangeError extends LockTimeoutError {}

/** A file, directory or the bytes of a store cannot be read or written. */
export class StorageError extends DebusineError {
  constructor(message: string, info: ErrorInfo = {}) {
    super('storage', message, info);
  }
}

/** A person answered "no". */
export class DeclinedError extends DebusineError {
  constructor(message = 'declined', info: ErrorInfo = {}) {
    super('declined', message, info);
  }
}

/** A signal ended the work. */
export class InterruptedError extends DebusineError {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals, message = 'interrupted', info: ErrorInfo = {}) {
    super('interrupted', message, info);
    this.signal = signal;
  }
}

/** Standard output cannot be written to. */
export class OutputError extends DebusineError {
  /** The reader has closed the pipe: it has what it wanted, which is no failure. */
  readonly isClosedPipe: boolean;
  readonly reason: string;

  constructor(reason: string, isClosedPipe: boolean) {
    super('internal', `cannot write output: ${reason}`);
    this.reason = reason;
    this.isClosedPipe = isClosedPipe;
  }
}
