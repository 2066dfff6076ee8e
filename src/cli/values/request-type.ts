import { quote } from '../../data/quote.ts';
import { UsageError } from '../../errors.ts';
import type { Parse } from '../command.ts';

/** The type of a work request that can be asked for directly. Source: cli.md 8.10 (create-work-request). */
export const parseRequestType: Parse<'Worker' | 'Server'> = (text, { what }) => {
  switch (text.toLowerCase()) {
    case 'worker':
      return 'Worker';
    case 'server':
      return 'Server';
    case 'workflow':
      throw new UsageError(`${what}: a workflow is made from a template`, {
        hint: 'debusine-admin create-workflow TEMPLATE',
      });
    case 'internal':
      throw new UsageError(`${what}: internal requests are made by workflows only`, {
        hint: 'debusine-admin create-workflow TEMPLATE',
      });
    case 'signing':
      throw new UsageError(`${what}: "signing" does not exist at this database level`, {
        hint: 'worker or server',
      });
    default:
      throw new UsageError(`${what}: ${quote(text)} is none of worker, server`);
  }
};
