/** docs/rights.md: what a role of the database needs for each command. */
import { type Privilege, rights } from '../../models/rights.ts';
import { catalog } from '../catalog.ts';
import { table } from './table.ts';

/** The page as Markdown. */
export function rightsPage(): string {
  const measured = catalog.flatMap(({ name }) => {
    const own = rights[name];
    return own === undefined ? [] : [{ name, own }];
  });
  const tablesWith = (own: Readonly<Record<string, readonly Privilege[]>>, privilege: Privilege): string =>
    Object.entries(own)
      .filter(([, granted]) => granted.includes(privilege))
      .map(([name]) => `\`${name}\``)
      .join(' ');
  const privileges: readonly Privilege[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
  return [
    '# Rights in the database',
    '',
    'Made by `npm run docs` from what the tests measured: each command runs as a role that has these rights and no others.',
    '',
    'A role needs `connect` on the database, `usage` on the schema `public`, and for the commands it is to run the rights',
    'on tables below. `expire-artifacts`, `expiry-forecast` and the commands that count what would expire make temporary',
    'tables and need `temporary` on the database; PostgreSQL grants all three to everybody unless somebody took them away.',
    'The rights to change rows include those for locking them, which is why a command may need `UPDATE` on a table that it',
    'only reads. `database migrate` needs the owner of the tables, and of the database where it creates them;',
    '`database shell` needs what is typed there.',
    '',
    '```sql',
    'create role debusine_expiry login;',
    'grant select on table django_migrations to debusine_expiry; -- and so on, from the table',
    '```',
    '',
    '`debusine-admin database doctor --only rights --for COMMAND` tells what the role of the configuration lacks.',
    '',
    ...table(
      ['Command', ...privileges.map((privilege) => privilege.toLowerCase())],
      measured.map(({ name, own }) => [
        `\`${name}\``,
        ...privileges.map((privilege) => tablesWith(own, privilege)),
      ]),
    ),
    '',
  ].join('\n');
}
