/** What does not belong to a single command. */
export const topics: Readonly<Record<string, string>> = {
  'exit-codes': `Exit statuses:
  0    done, or nothing to do; a dry run; a reader that closed the pipe early
  1    unexpected failure, or a checking command found problems
  2    the command line is wrong, or a question would have to be asked
  3    a named object does not exist, or data is refused
  4    the object exists already, is in use, or is in the wrong state
  5    no database: unreachable, login refused, no schema, other migration level
  6    a lock was not given in time; trying again is safe
  7    part of the work was done and part failed
  8    a person answered "no"
  129, 130, 143   ended by SIGHUP, SIGINT, SIGTERM
`,
  formats: `Output:
  On a terminal lists are tables; in a pipe plain text: aligned, nothing cut, one
  record a line. For programs: --json (one document), --jsonl (one object a line,
  streamed), --yaml, --csv. Keys are only ever added. Moments are UTC with six
  digits, durations are seconds (keys in _seconds), sizes bytes.
  --columns KEY,KEY chooses keys in every format.
  Data goes to standard output, everything else to standard error.
`,
  environment: `The database is the first that applies:
  --database-url, DATABASE_URL, DATABASE_URL_FILE, PGHOST and the other variables
  of libpq, database_url of the configuration file, the embedded PostgreSQL.
Configuration file: --config, DEBUSINE_ADMIN_CONFIG,
  $XDG_CONFIG_HOME/debusine/admin.yaml, /etc/debusine/admin.yaml.
Other variables: DEBUSINE_STORE_DIRECTORY, DEBUSINE_UPLOAD_DIRECTORY,
  DEBUSINE_DEFAULT_WORKSPACE, DEBUSINE_ADMIN_CREATED_BY,
  DEBUSINE_ADMIN_LOCK_TIMEOUT, DEBUSINE_ADMIN_STATEMENT_TIMEOUT,
  DEBUSINE_EMBEDDED (auto, always, never), NO_COLOR, FORCE_COLOR, CI.
debusine-admin database info shows each setting and where it comes from.
`,
  times: `Times: 2024-05-01T10:00Z, 2024-05-01T12:00+02:00, 2024-05-01 (00:00 UTC), now,
  -3d, +12h. Without an offset a time is UTC.
Durations: 10 (days), 36h, 1w2d, PT36H. Delays also: never.
`,
  aliases: `The commands and options of the original Debusine work under its names:
  create_token, list_workers, create_workspace, create_workflow, delete_expired
  and so on. They keep its exit statuses, its YAML keys, and read --data from
  standard input.
`,
};
