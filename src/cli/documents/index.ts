/** The hidden command by which the build writes the pages that are made from the declarations. */
export async function documentOf(name: string): Promise<string> {
  if (name === 'manual') return (await import('./manual.ts')).manual();
  if (name === 'parity') return (await import('./parity.ts')).parity();
  return (await import('./commands.ts')).commandsPage();
}
