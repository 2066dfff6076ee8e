/** The settings of an invocation, and the account it works as. Source: cli.md 5.3, `run_as`. */
import { type Account, findAccount, listAccounts } from '../config/accounts.ts';
import { readConfigurationFile } from '../config/configuration-file.ts';
import { loadSettings, type Settings, type SettingsInput } from '../config/settings.ts';
import { quote } from '../data/quote.ts';
import { InvalidInputError } from '../errors.ts';
import type { Host } from './context.ts';

/** The account of the original's server, which owns its files and may use its database. */
const serverAccount = 'debusine-server';

/**
 * Reads the settings. Root becomes the account that `run_as` names before anything else is opened, so that no file
 * is made that the server cannot use; the configuration file itself is read as root, who alone may be able to.
 * @returns the settings, and the host with the account's own environment
 * @throws UsageError, InvalidInputError, StorageError for what cannot be used
 */
export async function settingsOf(
  host: Host,
  { config, ...options }: SettingsInput['options'] & { readonly config?: string | undefined },
): Promise<{ readonly settings: Settings; readonly host: Host }> {
  const file = await readConfigurationFile(host.env, config);
  const account = host.uid === 0 ? await accountToBe(file?.values['run_as']) : undefined;
  if (account !== undefined) host.become(account);
  const own = account === undefined ? host : asAccount(host, account);
  return { host: own, settings: loadSettings({ env: own.env, file, options }) };
}

async function accountToBe(wanted: string | undefined): Promise<Account | undefined> {
  if (wanted === 'none' || wanted === 'root') return undefined;
  if (wanted === undefined) return listAccounts().find(({ name }) => name === serverAccount);
  const account = await findAccount(wanted);
  if (account === undefined) {
    throw new InvalidInputError(`setting run_as: there is no account ${quote(wanted)}`, {
      hint: 'name an account of this machine, or none to stay root',
    });
  }
  return account;
}

/** What names root's own places would lead the account to where it may not go. */
function asAccount(host: Host, { name, uid, home }: Account): Host {
  const { XDG_RUNTIME_DIR: _, ...env } = host.env;
  return { ...host, uid, env: { ...env, HOME: home, USER: name, LOGNAME: name } };
}
