#!/usr/bin/env node
'use strict';
// Starts the bundle with the machine code that an earlier run left behind, which halves the start-up time. What lies
// in the cache is executed, so it is taken only from a directory and a file that nobody else can write to.
const {
  constants,
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const dist = path.join(__dirname, '..', 'dist');
const words = process.argv.slice(2);

/** @param {import('node:fs').Stats} stats */
const isPrivate = (stats) =>
  process.getuid !== undefined && stats.uid === process.getuid() && (stats.mode & 0o022) === 0;

/**
 * @param {string} slot
 * @returns {Buffer | undefined}
 */
function readCache(slot) {
  try {
    const file = openSync(slot, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      return isPrivate(fstatSync(file)) ? readFileSync(file) : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/**
 * @param {string} id
 * @returns {string | undefined}
 */
function cacheSlot(id) {
  const home =
    process.env['XDG_CACHE_HOME'] || (process.env['HOME'] && path.join(process.env['HOME'], '.cache'));
  if (!home || !path.isAbsolute(home) || process.env['NODE_DISABLE_COMPILE_CACHE']) return undefined;
  const directory = path.join(home, 'debusine-admin');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (!isPrivate(lstatSync(directory)) || !lstatSync(directory).isDirectory()) return undefined;
    return path.join(directory, `${id}-${process.version}-${process.arch}`);
  } catch {
    return undefined;
  }
}

function start() {
  const { id } = require(path.join(dist, 'build.json'));
  const filename = path.join(dist, 'main.cjs');
  const slot = cacheSlot(id);
  const cachedData = slot === undefined ? undefined : readCache(slot);
  const script = new vm.Script(
    `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, 'utf8')}\n})`,
    { filename, cachedData, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER },
  );
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, filename, dist);
  const { main } = /** @type {{ main(): Promise<number> }} */ (module.exports);
  main().then((code) => {
    // Written at the end, when what was compiled on the way is part of it, and only by a run that did real work.
    if (
      slot !== undefined &&
      code === 0 &&
      words.length > 0 &&
      (cachedData === undefined || script.cachedDataRejected)
    ) {
      try {
        const fresh = `${slot}.${process.pid}`;
        writeFileSync(fresh, script.createCachedData(), { mode: 0o600, flag: 'wx' });
        renameSync(fresh, slot);
      } catch {
        // A home that cannot be written to only makes it slower.
      }
    }
    process.exit(code);
  });
}

if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  const { version, level } = require(path.join(dist, 'build.json'));
  process.stdout.write(`debusine-admin ${version} (database level ${level})\n`);
} else {
  start();
}
