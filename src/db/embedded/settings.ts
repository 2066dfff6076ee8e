/** The superuser of an embedded cluster, and the owner of everything in it. */
export const superuser = 'debusine';

/** The one database of an embedded cluster that the application uses. */
export const databaseName = 'debusine';

/** The major version of the npm packages with the binaries that `package.json` names. */
export const packagedMajor = 18;

/**
 * Arguments of `initdb` that do not depend on the place: nothing of the machine's locales goes into the cluster,
 * so it behaves the same wherever it is used.
 */
export function initdbSettings(major: number): string[] {
  return [
    '--encoding=UTF8',
    '--locale=C',
    // C.UTF-8 knows upper and lower case beyond ASCII; the provider that brings it along came with 17.
    ...(major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
    '--no-instructions',
  ];
}

/**
 * Arguments of `postgres` that every server of ours gets: no TCP port, small memory, no replication. They stand
 * on the command line so that a cluster made by an older version of this program gets them too.
 *
 * Source: dependencies.md 3, "Server settings".
 */
export function serverSettings(
  major: number,
  place: { readonly socket: string; readonly port: number },
): string[] {
  const settings: Record<string, string> = {
    listen_addresses: '',
    unix_socket_directories: `"${place.socket.replaceAll('"', '""')}"`, // quoted: it is a comma-separated list
    port: String(place.port),
    shared_buffers: '32MB',
    max_connections: '60',
    wal_level: 'minimal',
    max_wal_senders: '0',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Worker processes for reading cost start-up time and gain nothing on this size.
    ...(major >= 18 ? { io_method: 'sync' } : {}),
  };
  return asArguments(settings);
}

/** @returns `-c name=value` for each setting. */
export function asArguments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
