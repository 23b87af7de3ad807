/**
 * Completes package-lock.json: `node lock.mjs` writes, `node lock.mjs --check` only looks.
 *
 * A package index that does not carry the builds for other platforms leaves them out of the lock, and `npm ci` then
 * refuses that lock everywhere. What is missing is known without an index: the version is in the package that asks for it,
 * the platform in the name. These entries have no integrity; those of the platforms the index carries do.
 */
import { readFileSync, writeFileSync } from "node:fs";

const FILE = new URL("package-lock.json", import.meta.url);
const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];

/** `@rollup/rollup-linux-x64-musl` -> { os: ["linux"], cpu: ["x64"], libc: ["musl"] } */
function platform(name) {
  const words = name.split("-");
  const at = words.findIndex((word) => SYSTEMS.includes(word));
  if (at < 0 || words[at + 1] === undefined) throw new Error(`${name} names no platform: complete the lock by hand`);
  const found = { cpu: [words[at + 1]], os: [words[at]] };
  const abi = words[at + 2] ?? "";
  if (words[at] === "linux" && abi.startsWith("musl")) found.libc = ["musl"];
  else if (words[at] === "linux" && abi.startsWith("gnu")) found.libc = ["glibc"];
  return found;
}

const lock = JSON.parse(readFileSync(FILE, "utf8"));
const missing = {};
for (const asker of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(asker.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (lock.packages[place] === undefined) missing[place] = { version, dev: true, optional: true, ...platform(name) };
  }
}
const addresses = Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined);

const names = Object.keys(missing);
if (addresses.length > 0) {
  process.stderr.write(`package-lock.json names a registry, for ${addresses[0][0]}\n`);
  process.exit(1);
} else if (names.length > 0 && process.argv.includes("--check")) {
  process.stderr.write(`package-lock.json lacks ${names.join(", ")}: run node lock.mjs\n`);
  process.exit(1);
} else if (names.length > 0) {
  const sorted = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  writeFileSync(FILE, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
}
