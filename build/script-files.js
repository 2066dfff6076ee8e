/**
 * Puts the pieces that esbuild splits a program into back together in a few files. esbuild splits ES modules only, and
 * Node starts CommonJS quicker; and a file for each piece would cost more to open than to evaluate. So a piece becomes
 * a function in one of the files, and is evaluated when it is first asked for.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { transform } from 'esbuild';

/**
 * What the code of the pieces refers to. esbuild has helpers of the same names in every file it makes, which copy
 * all properties of a module; here a module that stands for another one refers to it.
 */
const helpers = `
const __export = (target, all) => {
  for (const name in all) Object.defineProperty(target, name, { get: all[name], enumerable: true });
};
const __toCommonJS = (exported) => Object.defineProperty(exported, '__esModule', { value: true });
const __toESM = (module) => (module.__esModule ? module : Object.create(module, { default: { value: module } }));
const importMeta = { get url() { return require('node:url').pathToFileURL(__filename).href; } };
`;

const runtime = `
const evaluated = {};
function piece(name) {
  if (evaluated[name] !== undefined) return evaluated[name].exports;
  if (pieces[name] === undefined) {
    if (!name.startsWith('./')) return require(name);
    if (name.startsWith('./lib/')) return load(name);
    Object.assign(pieces, load('./rest.cjs'));
  }
  const module = (evaluated[name] = { exports: {} });
  pieces[name](module.exports, piece, module);
  return module.exports;
}
`;

/**
 * @typedef {object} Piece
 * @property {string} name as other pieces ask for it: `./chunk-XYZ.js`
 * @property {string} code of a function of `exports`, `require` and `module`
 */

/**
 * @param {import('esbuild').OutputFile} file an ES module
 * @returns {Promise<Piece>}
 */
export async function pieceOf(file) {
  const { code } = await transform(file.text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    supported: { 'dynamic-import': false },
  });
  const helpersEnd = code.search(/^(?!var __| |\}|\)|$)/m);
  const own = code
    .slice(helpersEnd)
    // Long names for what is said thousands of times.
    .replace(/\bimport_chunk_([A-Z0-9]{8})/g, '$$$1')
    .replace(
      /\/\/ Annotate the CommonJS export names for ESM import in node:\n0 && \(module\.exports = \{[^}]*\}\);\n/,
      '',
    );
  return { name: `./${path.basename(file.path)}`, code: own };
}

/**
 * The file that is loaded first. It gives what the piece `start` exports; all pieces that are in no file of their own
 * are in `rest.cjs`.
 * @param {readonly Piece[]} pieces
 * @param {string} start
 */
export const mainText = (pieces, start) =>
  `${helpers}const pieces = {${pieces.map(asMethod).join(',')}};\n${runtime}module.exports = piece('${start}');\n`;

/**
 * The file with everything else, made small. Names that traces and messages tell are kept, though the code has others.
 * @param {readonly Piece[]} pieces
 */
export async function restText(pieces) {
  const text = `${helpers}module.exports = {${pieces.map(asMethod).join(',')}};\n`;
  return (await transform(text, { minify: true, keepNames: true, target: 'node20.19' })).code;
}

/** @param {Piece} piece */
const asMethod = ({ name, code }) => `\n'${name}'(exports, require, module) {\n${code}}`;

/**
 * Writes a file as the launcher loads it: the body of a function, in ASCII, which is quickest to read. The first line
 * has a digest of it, after which the launcher names the compiled code that it keeps.
 * @param {string} file
 * @param {string} text
 */
export function writeScript(file, text) {
  if (/[^\x00-\x7f]/.test(text)) throw new Error(`${file} has other characters than ASCII`);
  const id = createHash('sha256').update(text).digest('hex').slice(0, 32);
  const head = `(function (exports, require, module, __filename, __dirname, load) { // ${id}\n'use strict';`;
  mkdirSync(path.dirname(file), { recursive: true });
  // At once: tests and other programs may be starting it meanwhile.
  writeFileSync(`${file}.new`, `${head}${text}})\n`);
  renameSync(`${file}.new`, file);
}
