/** What is wrong with the data of a task, in words that fit options of a command line. Source: cli.md 8.10, 8.11. */
import { quote } from '../data/quote.ts';
import { ValidationError } from '../errors.ts';

/**
 * Does `work`; a refusal of task data names the data and whose it is, one line for each problem.
 * @param owner whose data it is: `workflow "sbuild"`
 */
export async function namingTaskData<T>(owner: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ValidationError ? inWords(error, owner) : error;
  }
}

function inWords({ problems, hint, details, cause }: ValidationError, owner: string): ValidationError {
  const reworded = Object.entries(problems).map(([field, lines]) => {
    if (field === 'event_reactions') return [field, lines.map((line) => `event reactions: ${line}`)];
    return [field, field === 'task_data' ? lines.map((line) => dataLine(line, owner)) : lines];
  });
  return new ValidationError(Object.fromEntries(reworded) as ValidationError['problems'], {
    hint,
    details: { ...details, problems: Object.fromEntries(reworded) as ValidationError['problems'] },
    cause,
  });
}

function dataLine(line: string, owner: string): string {
  const unknown = /^(.*): unknown key$/.exec(line)?.[1];
  if (unknown !== undefined)
    return `data: ${unknown.startsWith('"') ? unknown : quote(unknown)} is not known to ${owner}`;
  return / is required$/.test(line) ? `data: ${line} by ${owner}` : `data: ${line}`;
}
