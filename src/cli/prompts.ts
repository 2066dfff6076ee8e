/** Questions to a person. Nobody else is ever asked. */
import { DeclinedError, InterruptedError, UsageError } from '../errors.ts';
import type { Host } from './context.ts';

export interface Prompt {
  /** Whether a person sits there: stdin and stderr are terminals, CI is not set, --no-input was not given. */
  readonly mayAsk: boolean;
  /**
   * Asks yes or no; returns when the answer is yes.
   * @param refusal what is refused when nobody can be asked: `refusing to delete 3 tokens without confirmation`
   * @throws UsageError when nobody can be asked
   * @throws DeclinedError for "no" and for end of file
   */
  confirm(question: string, refusal: string): Promise<void>;
  /** As `confirm`, but the name must be typed. */
  confirmByTyping(question: string, name: string, refusal: string): Promise<void>;
  /** Asks for one of several values. @throws UsageError naming `option` when nobody can be asked */
  select<T>(
    question: string,
    choices: readonly { readonly name: string; readonly value: T }[],
    option: string,
  ): Promise<T>;
  /** Asks for a text. @throws UsageError naming `option` when nobody can be asked */
  text(question: string, option: string): Promise<string>;
  /** Asks for a text that is not shown. @throws UsageError naming `option` when nobody can be asked */
  password(question: string, option: string): Promise<string>;
}

export interface PromptOptions {
  readonly noInput: boolean;
  /** Under one of the original's names a line `y` on a standard input that is no terminal counts. */
  readonly answerFromInput: boolean;
}

const isSet = (value: string | undefined): boolean =>
  value !== undefined && !['', '0', 'false'].includes(value.toLowerCase());

/** The prompts of one invocation. inquirer is loaded when the first question is due. */
export function createPrompt(host: Host, options: PromptOptions): Prompt {
  const mayAsk =
    host.stdin.isTerminal && host.stderr.isTerminal && !isSet(host.env['CI']) && !options.noInput;

  async function ask(question: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { createPromptModule } = await import('inquirer');
    // The library waits for ever when the input ends, so that is looked for here.
    const ended = new AbortController();
    const { input } = host.terminal;
    const onEnd = (): void => ended.abort();
    const onKey = (
      _: unknown,
      key: { readonly name?: string; readonly ctrl?: boolean } | undefined,
    ): void => {
      if (key?.ctrl === true && key.name === 'd') ended.abort();
    };
    input.on('end', onEnd).on('keypress', onKey);
    // The types of inquirer tie answers to literal questions; one question with one answer needs none of that.
    const prompt = createPromptModule({
      input: host.terminal.input,
      output: host.terminal.output,
      signal: AbortSignal.any([host.signal, ended.signal]),
    }) as unknown as (questions: readonly object[]) => Promise<{ readonly answer: unknown }>;
    try {
      return (await prompt([{ name: 'answer', ...question }])).answer;
    } catch (error) {
      if (!(error instanceof Error) || !/^(Exit|Abort)PromptError$/.test(error.name)) throw error;
      // The end of the input counts as "no".
      if (ended.signal.aborted && !host.signal.aborted) throw new DeclinedError();
      const isInterrupt = error.name === 'AbortPromptError' || error.message.includes('SIGINT');
      throw isInterrupt ? new InterruptedError('SIGINT') : new DeclinedError();
    } finally {
      input.off('end', onEnd).off('keypress', onKey);
    }
  }

  /** The answer a script may give under one of the original's names. */
  async function answerFromInput(question: string): Promise<boolean> {
    await host.stderr.write(`${question} [yN] `);
    const line = (await host.stdin.line()).trimEnd();
    await host.stderr.write('\n');
    return line === 'y' || line === 'Y';
  }

  /** Where no terminal can be asked: a line of input under one of the original's names, otherwise a refusal. */
  async function answerElsewhere(question: string, refusal: string): Promise<void> {
    if (!options.answerFromInput || host.stdin.isTerminal) {
      throw new UsageError(refusal, { code: 'confirmation_required', hint: 'add --yes' });
    }
    if (!(await answerFromInput(question))) throw new DeclinedError();
  }

  const nobody = (option: string): UsageError =>
    new UsageError(`${option} is needed, since there is no terminal to ask on`);

  return {
    mayAsk,
    async confirm(question, refusal) {
      if (!mayAsk) await answerElsewhere(question, refusal);
      else if ((await ask({ type: 'confirm', message: question, default: false })) !== true) {
        throw new DeclinedError();
      }
    },
    async confirmByTyping(question, name, refusal) {
      if (!mayAsk) await answerElsewhere(question, refusal);
      else if ((await ask({ type: 'input', message: question })) !== name) {
        throw new DeclinedError('that is not the name; nothing was changed');
      }
    },
    async select(question, choices, option) {
      if (!mayAsk) throw nobody(option);
      const answer = await ask({
        type: 'select',
        message: question,
        choices: choices.map(({ name }, value) => ({ name, value })),
      });
      const chosen = choices[Number(answer)];
      if (chosen === undefined) throw new DeclinedError();
      return chosen.value;
    },
    async text(question, option) {
      if (!mayAsk) throw nobody(option);
      return String(await ask({ type: 'input', message: question }));
    },
    async password(question, option) {
      if (!mayAsk) throw nobody(option);
      return String(await ask({ type: 'password', message: question }));
    },
  };
}
