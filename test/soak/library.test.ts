import { expect, test } from 'vitest';
import { makeScratchProject } from '../library/scratch-project.ts';

test('the declarations of the library have no error of their own, whatever those of drizzle-orm have', async () => {
  const project = await makeScratchProject();
  try {
    await project.write('all.ts', "export * from 'debusine-admin';\n");

    const errors = await project.typeCheck({ skipLibCheck: false });

    // A line that continues one above it is indented.
    const places = errors.filter((line) => !line.startsWith(' ')).map((line) => line.replace(/\(.*/, ''));
    expect(places.filter((file) => !file.startsWith('node_modules/drizzle-orm/'))).toEqual([]);
  } finally {
    await project.remove();
  }
});
