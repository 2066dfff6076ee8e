import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = new URL('../../src/', import.meta.url).pathname;

/** A function that a module of ours exports, as its text says. */
export interface ExportedFunction {
  /** Relative to `src`: `models/tokens/create.ts`. */
  readonly file: string;
  /** As the module calls it; what it is exported as may differ. */
  readonly name: string;
  readonly exportedAs: string;
  /** Text of the comment before it; empty if there is none. */
  readonly documentation: string;
  readonly parameters: readonly string[];
  /** As it is written; empty where it is left to the compiler. */
  readonly returns: string;
}

/** Every function that the modules below a folder of `src` export, by file and place. */
export function exportedFunctions(folder: string): readonly ExportedFunction[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .flatMap((file) => functionsOf(`${folder}/${file}`));
}

function functionsOf(file: string): readonly ExportedFunction[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const renamed = namesInExportClauses(source);
  return source.statements.flatMap((statement): readonly ExportedFunction[] => {
    const isExported = (ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined)?.some(
      ({ kind }) => kind === ts.SyntaxKind.ExportKeyword,
    );
    return declared(statement).flatMap(({ name, signature }) => {
      const exportedAs = isExported === true ? name : renamed.get(name);
      if (exportedAs === undefined) return [];
      return [
        {
          file,
          name,
          exportedAs,
          documentation: documentationOf(statement),
          parameters: signature.parameters.map((parameter) => parameter.type?.getText(source) ?? ''),
          returns: signature.type?.getText(source) ?? '',
        },
      ];
    });
  });
}

/** `export { remove as delete }` without a module: the local name, and what the outside knows it as. */
function namesInExportClauses(source: ts.SourceFile): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const statement of source.statements) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier !== undefined) continue;
    if (statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) continue;
    for (const { name, propertyName } of statement.exportClause.elements) {
      names.set((propertyName ?? name).text, name.text);
    }
  }
  return names;
}

interface Declared {
  readonly name: string;
  readonly signature: ts.SignatureDeclaration;
}

function declared(statement: ts.Statement): readonly Declared[] {
  if (ts.isFunctionDeclaration(statement)) {
    // Of an overloaded function the first signature carries the documentation.
    const isImplementation = statement.body !== undefined && hasOverloads(statement);
    if (statement.name === undefined || isImplementation) return [];
    return [{ name: statement.name.text, signature: statement }];
  }
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name, initializer }) =>
    initializer !== undefined && ts.isIdentifier(name) && ts.isArrowFunction(initializer)
      ? [{ name: name.text, signature: initializer }]
      : [],
  );
}

function isOverloadOf(statement: ts.Statement | undefined, name: string): boolean {
  return (
    statement !== undefined &&
    ts.isFunctionDeclaration(statement) &&
    statement.body === undefined &&
    statement.name?.text === name
  );
}

function hasOverloads(statement: ts.FunctionDeclaration): boolean {
  const siblings = statement.getSourceFile().statements;
  return isOverloadOf(siblings[siblings.indexOf(statement) - 1], statement.name?.text ?? '');
}

function documentationOf(statement: ts.Statement): string {
  const siblings = statement.getSourceFile().statements;
  const name = ts.isFunctionDeclaration(statement) ? (statement.name?.text ?? '') : '';
  // The first overload speaks for all.
  let at = siblings.indexOf(statement);
  while (isOverloadOf(siblings[at - 1], name)) at -= 1;
  return ts
    .getJSDocCommentsAndTags(siblings[at] ?? statement)
    .filter((comment) => ts.isJSDoc(comment))
    .map((comment) => comment.getText())
    .join('\n');
}
