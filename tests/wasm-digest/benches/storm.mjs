// Times the storm in a wasm module, for the bench `node`.
//
// `node storm.mjs MODULE`, then a line `CLIENTS SEED SERIES` on standard input for each lap; the
// answer is a line with the nanoseconds per attempt and what the storm came to.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

// A lap repeats its storm until it has made this many attempts, as the native side does.
const LAP_ATTEMPTS = 1_000_000;

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
// What plotters imports is there for pages; the storm asks its host for nothing.
const imports = {};
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
  imports[from] ??= {};
  imports[from][name] = () => {
    throw new Error(`the core called ${name} of its host`);
  };
}
const { exports: core } = new WebAssembly.Instance(module, imports);

// How long this thread has had a processor, where the system tells, else the time of day: what the
// native side goes by too.
function nanos() {
  try {
    return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]);
  } catch {
    return performance.now() * 1e6;
  }
}

function lap(clients, seed, series) {
  let [spent, attempts, storm] = [0, 0, ""];
  while (attempts < LAP_ATTEMPTS) {
    const start = nanos();
    const length = core.storm(clients, seed, series);
    spent += nanos() - start;
    const text = new Uint8Array(core.memory.buffer, core.output() >>> 0, length >>> 0);
    storm = new TextDecoder().decode(text);
    attempts += Number(storm.split(" ")[0]);
  }
  return `${spent / attempts} ${storm}`;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [clients, seed, series] = line.split(" ");
  console.log(lap(Number(clients), BigInt(seed), Number(series)));
}
