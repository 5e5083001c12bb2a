// Builds services/gateway/static from this folder: one stylesheet, the scripts, the pictures and the fonts that it asks
// for, each with a hash of its content in its name, and manifest.json: {logical name: file name}.
// Next: services/gateway/http/pages/assets.py serves it. `make portal` calls this.
//
// Everything goes into a new folder that takes the old one's place at the end: a gateway never sees half of it.

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const uswds = join(here, "node_modules/@uswds/uswds");
const swagger = join(here, "node_modules/swagger-ui-dist");
const target = join(here, "../static");
const fresh = `${target}.new`;
const old = `${target}.old`;

// The icons of the sprite, by their names in USWDS: a page shows one with the macro `icon` of parts/page.html.
const ICONS = [
  "account_balance", "arrow_back", "arrow_forward", "autorenew", "cancel", "check", "check_circle", "close", "credit_card",
  "error", "event", "expand_more", "file_download", "flag", "help_outline", "history", "hourglass_empty", "info", "language", "lock",
  "logout", "mail_outline", "menu", "navigate_before", "navigate_next", "phone", "print", "remove_circle", "schedule",
  "security", "undo", "warning",
];

const manifest = {};

function hashOf(content) {
  return createHash("sha256").update(content).digest("hex").slice(0, 12);
}

// Keeps a file under a name with its hash, and says that name.
function keep(logicalName, content) {
  const extension = extname(logicalName);
  const name = `${basename(logicalName, extension)}.${hashOf(content)}${extension}`;
  writeFileSync(join(fresh, name), content);
  manifest[logicalName] = name;
  return name;
}

// What a stylesheet asks for, as files beside it: the policy of the pages allows no `data:` address.
function withFiles(css, find) {
  return css.replace(/url\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^)"']*))\s*\)/gs, (whole, ...found) => {
    const address = (found[0] ?? found[1] ?? found[2]).replace(/\\(.)/gs, "$1");
    if (address === "" || address.startsWith("#")) {
      return whole;
    }
    const data = address.match(/^data:image\/(\w+)([^,]*),(.*)$/s);
    if (data) {
      const encoded = data[2].includes("base64") ? Buffer.from(data[3], "base64") : decodeURIComponent(data[3]);
      return `url(${keep(`picture-${hashOf(encoded)}.${data[1]}`, encoded)})`;
    }
    return `url(${keep(basename(address), readFileSync(find(address)))})`;
  });
}

function stylesheet() {
  const { css } = compile(join(here, "theme.scss"), {
    loadPaths: [join(uswds, "packages")], style: "compressed", quietDeps: true,
  });
  return withFiles(css, (address) => join(uswds, "dist", address.replace("../", "")));
}

function sprite() {
  const symbols = ICONS.map((name) => {
    const svg = readFileSync(join(uswds, `dist/img/usa-icons/${name}.svg`), "utf8");
    return svg.replace(/^<svg [^>]*>/, `<symbol id="${name}" viewBox="0 0 24 24">`).replace("</svg>", "</symbol>");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh);
keep("portal.css", stylesheet());
for (const name of ["portal.js", "card-frame.js", "docs.js"]) {
  keep(name, readFileSync(join(here, "scripts", name)));
}
for (const name of ["mark.svg", "favicon.svg"]) {
  keep(name, readFileSync(join(here, "pictures", name)));
}
keep("icons.svg", sprite());
keep("swagger-ui.css", withFiles(readFileSync(join(swagger, "swagger-ui.css"), "utf8"), (address) => join(swagger, address)));
keep("docs.css", readFileSync(join(here, "styles/docs.css")));
keep("swagger-ui.js", readFileSync(join(swagger, "swagger-ui-bundle.js")));
writeFileSync(join(fresh, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);

// What the PDF receipt is set with (services/gateway/usecases/write_receipt.py); the manifest does not name it, so it is
// not served.
const receipt = join(fresh, "receipt");
mkdirSync(receipt);
for (const weight of ["Regular", "Bold"]) {
  copyFileSync(join(uswds, `dist/fonts/public-sans/PublicSans-${weight}.ttf`), join(receipt, `PublicSans-${weight}.ttf`));
}
copyFileSync(join(here, "pictures/mark.svg"), join(receipt, "mark.svg"));

rmSync(old, { recursive: true, force: true });
try {
  renameSync(target, old);
} catch (error) {
  if (error.code !== "ENOENT") throw error;
}
renameSync(fresh, target);
rmSync(old, { recursive: true, force: true });
