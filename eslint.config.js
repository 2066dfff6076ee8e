import tseslint from 'typescript-eslint';

/**
 * Who may import what: a folder must not reach up to the ones that use it.
 * @param {string} folder
 * @param {...string} banned
 * @returns {import('eslint').Linter.Config}
 */
const layer = (folder, ...banned) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: [{ group: banned, message: `src/${folder} must not reach up` }] },
    ],
  },
});

export default tseslint.config(
  { ignores: ['dist/', 'drizzle/', 'src/cli/commands.generated.ts'] },
  ...tseslint.configs.recommended,
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { disallowTypeAnnotations: false, fixStyle: 'inline-type-imports' },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
    },
  },
  {
    // The launcher is CommonJS, because that starts quicker.
    files: ['bin/**/*.js'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  layer(
    'data',
    '**/cli/**',
    '**/output/**',
    '**/models/**',
    '**/schema/**',
    '**/db/**',
    '**/storage/**',
    'drizzle-orm*',
  ),
  layer('models', '**/cli/**', '**/output/**', 'commander', 'chalk', 'cli-table3', 'inquirer'),
  layer('schema', '**/cli/**', '**/output/**', '**/models/**'),
  layer('output', '**/models/**', '**/schema/**', '**/db/**', '**/cli/**', 'drizzle-orm*'),
  layer('storage', '**/cli/**', '**/output/**', '**/models/**', '**/schema/**', 'drizzle-orm*'),
  layer('db', '**/cli/**', '**/output/**', '**/models/**'),
  layer(
    'cli/commands',
    '**/schema/**',
    '**/db/**',
    'drizzle-orm*',
    'commander',
    'chalk',
    'cli-table3',
    'inquirer',
    'postgres',
  ),
  {
    // A regular expression there is an object without keys of its own, which every text matches.
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.property.name="toMatchObject"] Property > Literal[regex].value',
          message: 'toMatchObject accepts anything for a regular expression; use expect.stringMatching',
        },
      ],
    },
  },
  {
    // The process belongs to one file; everything else is handed what it may use.
    files: ['src/**/*.ts'],
    ignores: ['src/cli/main.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['env', 'argv', 'exit', 'stdout', 'stderr', 'stdin', 'exitCode'].map((property) => ({
          object: 'process',
          property,
          message: 'only src/cli/main.ts touches the process',
        })),
      ],
    },
  },
);
