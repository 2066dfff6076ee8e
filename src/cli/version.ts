import { requiredLevel } from '../db/required-level.ts';
import packageJson from '../../package.json' with { type: 'json' };

/** The version of this program. */
export const { version } = packageJson;

/** What `--version` prints. */
export function versionText(isJson: boolean): string {
  if (isJson) return `${JSON.stringify({ version, database_level: requiredLevel })}\n`;
  return `debusine-admin ${version} (database level ${requiredLevel})\n`;
}
