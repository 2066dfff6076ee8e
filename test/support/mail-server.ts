import { createServer, type Socket } from 'node:net';

/** A mail server on the loopback interface that keeps what it hears. */
export interface MailServer {
  readonly port: number;
  readonly url: string;
  /** Every line that was said to it. */
  readonly heard: string[];
  stop(): Promise<void>;
}

export interface MailServerOptions {
  /** Offers to log in. */
  readonly login?: boolean;
  /** Takes connections and never says a word. */
  readonly silent?: boolean;
  /** Answers instead of the usual ones, by the first word of the line. */
  readonly answers?: Readonly<Record<string, string>>;
}

/** Starts as much of an SMTP server as takes mail. */
export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (options.silent !== true) serve(socket, heard, options);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    heard,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function serve(socket: Socket, heard: string[], { login = false, answers = {} }: MailServerOptions): void {
  const usual = {
    EHLO: login ? '250-here\r\n250 AUTH PLAIN' : '250 here',
    DATA: '354 go on',
    AUTH: '235 welcome',
    QUIT: '221 bye',
  };
  const words: Readonly<Record<string, string>> = { ...usual, ...answers };
  let isMail = false;
  let rest = '';
  const answer = (line: string): string | undefined => {
    if (isMail) {
      if (line !== '.') return undefined;
      isMail = false;
      return '250 taken';
    }
    const [verb = ''] = line.split(' ');
    const said = words[verb] ?? '250 fine';
    isMail = said.startsWith('354');
    return said;
  };
  socket.setEncoding('utf8').on('data', (chunk: Buffer | string) => {
    const lines = `${rest}${chunk.toString()}`.split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      heard.push(line);
      const reply = answer(line);
      if (reply !== undefined) socket.write(`${reply}\r\n`);
    }
  });
  socket.on('error', () => undefined);
  socket.write('220 ready\r\n');
}
