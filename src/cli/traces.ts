import type { Host } from './context.ts';

/** Whether a command has done something that cannot be done a second time. */
export interface Traces {
  /** Whether it has written to standard output or error, read standard input, or used the terminal. */
  readonly hasLeft: boolean;
}

/** The host, watched for what makes it wrong to run a command again. */
export function traced(host: Host): { readonly host: Host; readonly traces: Traces } {
  const traces = { hasLeft: false };
  const watched = (stream: Host['stdout']): Host['stdout'] => ({
    isTerminal: stream.isTerminal,
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    write(text) {
      traces.hasLeft = true;
      return stream.write(text);
    },
    writeBytes(bytes) {
      traces.hasLeft = true;
      return stream.writeBytes(bytes);
    },
  });
  return {
    traces,
    host: {
      ...host,
      stdout: watched(host.stdout),
      stderr: watched(host.stderr),
      stdin: {
        isTerminal: host.stdin.isTerminal,
        read(limitBytes) {
          traces.hasLeft = true;
          return host.stdin.read(limitBytes);
        },
        line() {
          traces.hasLeft = true;
          return host.stdin.line();
        },
      },
      get terminal() {
        traces.hasLeft = true;
        return host.terminal;
      },
    },
  };
}
