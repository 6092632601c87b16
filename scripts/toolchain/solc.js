#!/usr/bin/env node
/**
 * The Solidity compiler as an executable: npm's WebAssembly `solc` behind the native command line.
 *
 * Answers what py-solc-x, ape-solidity and forge ask a native solc for: `--version`, and
 * `--standard-json` from standard input to standard output with `--base-path`, `--include-path`
 * and path arguments. Nothing else is understood; any other flag is refused by name.
 *
 * The same input is compiled once: the answer is kept under build/solc/cache, keyed by compiler,
 * input and options, and used again only while every file it imported still has the same content.
 */
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const ROOT = path.resolve(__dirname, "..", "..");
const CACHE = path.join(ROOT, "build", "solc", "cache");
const VALUE_FLAGS = new Set(["--base-path", "--include-path", "--allow-paths"]);

const sha256 = (text) => crypto.createHash("sha256").update(text).digest("hex");

/** Split the command line into the mode, the folders to search and the input file. */
function parseArguments(argv) {
  const options = { mode: null, folders: [], file: null };
  for (let i = 0; i < argv.length; i += 1) {
    const [flag, inline] = argv[i].split(/=(.*)/s);
    if (flag === "--version" || flag === "--standard-json") {
      options.mode = flag;
    } else if (VALUE_FLAGS.has(flag)) {
      const value = inline ?? argv[(i += 1)];
      if (flag !== "--allow-paths") options.folders.push(path.resolve(value));
    } else if (flag === "-" || !flag.startsWith("-")) {
      options.file = flag === "-" ? null : flag;
    } else {
      throw new Error(`${flag} is not understood; use --version or --standard-json`);
    }
  }
  if (options.folders.length === 0) options.folders.push(process.cwd());
  // Ape compiles a copy of the project that has no node_modules; imports from there are found here.
  options.folders.push(ROOT);
  return options;
}

/** Find an imported file in the folders, or give null. */
function locate(name, folders) {
  return folders.map((folder) => path.resolve(folder, name)).find((file) => fs.existsSync(file)) ?? null;
}

/** Read the kept answer for a key, or give null where it is absent, torn or out of date. */
function readCache(file) {
  try {
    const kept = JSON.parse(fs.readFileSync(file, "utf8"));
    const fresh = Object.entries(kept.imports).every(
      ([imported, digest]) => sha256(fs.readFileSync(imported, "utf8")) === digest,
    );
    return fresh ? kept.answer : null;
  } catch {
    return null;
  }
}

/** Keep an answer; several compilers may run at once, so the file appears by rename. */
function writeCache(file, value) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, JSON.stringify(value));
  fs.renameSync(temporary, file);
}

/** Load the compiler; done late, because it takes half a second that a kept answer does not need. */
function loadCompiler() {
  return require("solc");
}

function compile(input, folders) {
  const imports = {};
  const readImport = (name) => {
    const file = locate(name, folders);
    if (file === null) return { error: `${name} not found in ${folders.join(", ")}` };
    const contents = fs.readFileSync(file, "utf8");
    imports[file] = sha256(contents);
    return { contents };
  };
  return { answer: loadCompiler().compile(input, { import: readImport }), imports };
}

function standardJson(options) {
  const input = fs.readFileSync(options.file ?? 0, "utf8");
  const key = sha256(JSON.stringify([packageVersion(), input, options.folders]));
  const file = path.join(CACHE, `${key}.json`);
  const kept = readCache(file);
  if (kept !== null) return kept;
  const compiled = compile(input, options.folders);
  // An import that was not found may exist next time, so a failed compile is never kept.
  if (!(JSON.parse(compiled.answer).errors ?? []).some((error) => error.severity === "error")) {
    writeCache(file, compiled);
  }
  return compiled.answer;
}

const packageVersion = () => require("solc/package.json").version;

function version() {
  const file = path.join(CACHE, `version-${packageVersion()}.json`);
  let text = readCache(file);
  if (text === null) {
    text = loadCompiler().version();
    writeCache(file, { answer: text, imports: {} });
  }
  return `solc, the solidity compiler commandline interface\nVersion: ${text}\n`;
}

function main() {
  const options = parseArguments(process.argv.slice(2));
  if (options.mode === null) throw new Error("use --version or --standard-json");
  process.stdout.write(options.mode === "--version" ? version() : standardJson(options));
}

try {
  main();
} catch (error) {
  process.stderr.write(`solc shim: ${error.message}\n`);
  process.exitCode = 1;
}
