#!/usr/bin/env node
'use strict';
// Starts the program with the machine code that an earlier run left behind, which halves the start-up time. Builtins
// of Node that are loaded here cost time in every run: only those it has loaded for itself anyway.
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const dist = path.join(__dirname, '..', 'dist');
const words = process.argv.slice(2);

const dayMs = 24 * 3600 * 1000;
/** Compiled code that was not refreshed for so long belongs to a command, a build or a Node that nobody uses. */
const forgottenMs = 30 * dayMs;

/**
 * Where the compiled code of this invocation is kept: one file for each command, since each needs other parts of the
 * program. Undefined when there is no place for it. The directory may not exist yet.
 * @param {string} id of the build
 * @returns {{ readonly directory: string, readonly name: string } | undefined}
 */
function cacheSlot(id) {
  const { env } = process;
  const base = env['XDG_CACHE_HOME'] || (env['HOME'] && path.join(env['HOME'], '.cache'));
  if (!base || !path.isAbsolute(base) || env['NODE_DISABLE_COMPILE_CACHE'] || !process.geteuid)
    return undefined;
  const command = words.find((word) => /^[a-z][a-z_-]{0,40}$/.test(word)) ?? '';
  return {
    directory: path.join(base, 'debusine-admin'),
    name: `${id}-${process.version}-${process.arch}-${command}`,
  };
}

/**
 * Whether what lies in the directory can only have been written by this user or by root. What lies in it is executed,
 * so the same must hold of every directory above it: whoever can write there can put another one in its place. In one
 * with the sticky bit, such as /tmp, others can not replace what they do not own.
 * @param {string} directory without symbolic links
 */
function isTrusted(directory) {
  const own = process.geteuid?.();
  for (let at = directory; ; at = path.dirname(at)) {
    const { uid, mode } = fs.lstatSync(at);
    if (uid !== own && uid !== 0) return false;
    if ((mode & 0o022) !== 0 && ((mode & 0o1000) === 0 || at === directory)) return false;
    if (at === path.dirname(at)) return true;
  }
}

/**
 * What an earlier run of this command left behind.
 * @param {{ readonly directory: string, readonly name: string }} slot
 * @returns {{ readonly code: Buffer, readonly writtenMs: number } | undefined}
 */
function readCache({ directory, name }) {
  try {
    const real = fs.realpathSync.native(directory);
    if (!isTrusted(real)) return undefined;
    const file = fs.openSync(path.join(real, name), fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0));
    try {
      const status = fs.fstatSync(file);
      if (!status.isFile() || status.uid !== process.geteuid?.() || (status.mode & 0o022) !== 0)
        return undefined;
      const twice = fs.readFileSync(file);
      const code = twice.subarray(0, twice.length / 2);
      // Node would execute damaged code, up to a crash. Comparing two copies is quicker than any digest.
      return code.equals(twice.subarray(twice.length / 2)) ? { code, writtenMs: status.mtimeMs } : undefined;
    } finally {
      fs.closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/**
 * Keeps compiled code for later runs, and removes what has been forgotten.
 * @param {{ readonly directory: string, readonly name: string }} slot
 * @param {Buffer} code
 */
function writeCache({ directory, name }, code) {
  try {
    let there = directory;
    while (!fs.existsSync(there)) there = path.dirname(there);
    // Before anything is made: root must not leave its directories in the home of somebody else.
    if (!isTrusted(fs.realpathSync.native(there))) return;
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    const real = fs.realpathSync.native(directory);
    // Complete or not at all: another process may be reading.
    const fresh = path.join(real, `${name}.${process.pid}`);
    fs.writeFileSync(fresh, Buffer.concat([code, code]), { mode: 0o600, flag: 'wx' });
    fs.renameSync(fresh, path.join(real, name));
    for (const other of fs.readdirSync(real)) {
      const file = path.join(real, other);
      if (fs.lstatSync(file).mtimeMs < Date.now() - forgottenMs) fs.unlinkSync(file);
    }
  } catch {
    // A home that cannot be written to only makes it slower.
  }
}

/**
 * The files of the program that this run has loaded.
 * @type {{ script: vm.Script, slot: ReturnType<typeof cacheSlot>, isStale: boolean }[]}
 */
const loaded = [];

/**
 * Evaluates a file that esbuild.config.js has written.
 * @param {string} name relative to `dist`
 * @returns {unknown} what the file exports
 */
function load(name) {
  const filename = path.join(dist, name);
  // Plain ASCII, see build/script-files.js; this is the quickest way to read it.
  const text = fs.readFileSync(filename, 'latin1');
  const id = /\/\/ ([0-9a-f]{32})\n/.exec(text.slice(0, 200))?.[1];
  const slot = id === undefined ? undefined : cacheSlot(id);
  const cached = slot && readCache(slot);
  const script = new vm.Script(text, {
    filename,
    cachedData: cached?.code,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  // Now and then it is written again, with what other options of the command have needed since.
  const isStale = !cached || script.cachedDataRejected === true || Date.now() - cached.writtenMs > dayMs;
  loaded.push({ script, slot, isStale });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, filename, dist, load);
  return module.exports;
}

function start() {
  const { main } = /** @type {{ main(): Promise<number> }} */ (load('main.cjs'));
  main().then((code) => {
    // Written at the end, when what was compiled on the way is part of it, and not by a run that only gave help.
    if (code === 0 && !words.some((word) => /^(-h|--help|help)$/.test(word))) {
      for (const { script, slot, isStale } of loaded) {
        if (isStale && slot !== undefined) writeCache(slot, script.createCachedData());
      }
    }
    process.exit(code);
  });
}

/**
 * The file with what this invocation prints, if it only asks for a text that is the same every time. The program would
 * print the same, see build/help-texts.ts.
 * @returns {string | undefined}
 */
function readyText() {
  const [first, ...others] = words;
  if (words.length === 0 || (words.length === 1 && (first === '--help' || first === '-h'))) return 'help.txt';
  if (words.length === 1 && (first === '--version' || first === '-V')) return 'version.txt';
  // Nothing else may become part of a path.
  const isName = (/** @type {readonly string[]} */ names) =>
    names.length > 0 && names.length < 3 && names.every((word) => /^[a-z][a-z-]*$/.test(word));
  const last = words.at(-1);
  const before = words.slice(0, -1);
  if ((last === '--help' || last === '-h') && isName(before)) return `help/${before.join(' ')}.txt`;
  if (first !== 'help') return undefined;
  if (others.length === 0) return 'help.txt';
  if (!isName(others)) return undefined;
  const ofCommand = `help/${others.join(' ')}.txt`;
  return fs.existsSync(path.join(dist, 'ready', ofCommand)) ? ofCommand : `topics/${others.join(' ')}.txt`;
}

/**
 * @param {string} file
 * @returns whether that is all; otherwise the program must do it, and say what is wrong
 */
function print(file) {
  let at = 0;
  let text;
  try {
    text = fs.readFileSync(path.join(dist, 'ready', file));
    while (at < text.length) at += fs.writeSync(1, text, at);
    return true;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    // The reader is slow, and whoever made the pipe does not want us to wait for it.
    if (code === 'EAGAIN' && text !== undefined)
      process.stdout.on('error', () => undefined).write(text.subarray(at));
    // EPIPE: the reader has seen enough.
    return code === 'EAGAIN' || code === 'EPIPE';
  }
}

const ready = readyText();
if (ready === undefined || !print(ready)) start();
