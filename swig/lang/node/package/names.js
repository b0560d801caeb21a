// SPDX-License-Identifier: MIT OR Apache-2.0
// names.js FOLDER: writes what must name each export: ES modules, and the constants of the types.
"use strict";

const fs = require("node:fs");
const folder = process.argv[2];
const names = Object.getOwnPropertyNames(require(folder));

fs.writeFileSync(`${folder}/index.mjs`, `// SPDX-License-Identifier: MIT OR Apache-2.0
import osmemlock from "./index.js";

export const { ${names.join(", ")} } = osmemlock;
export default osmemlock;
`);
const constants = names.filter((name) => /^[A-Z0-9_]+$/.test(name)).map((name) => `export const ${name}: number;\n`);
const types = fs.readFileSync(`${folder}/index.d.ts`, "utf8") + constants.join("");
for (const name of ["index.d.ts", "index.d.mts"]) fs.writeFileSync(`${folder}/${name}`, types);
