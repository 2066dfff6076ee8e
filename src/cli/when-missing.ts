/** `--if-exists` of commands that delete. Source: cli.md 7.7. */
import { NotFoundError } from '../errors.ts';

/** What is found; undefined when it is missing and that is accepted. @throws NotFoundError */
export async function unlessMissing<T>(isAccepted: boolean, find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (isAccepted && error instanceof NotFoundError) return undefined;
    throw error;
  }
}
