// Whether a document is valid AsyncAPI, as AsyncAPI's own parser sees it: node valid.cjs FILE. Ends with 1 and says why when not.
const { Parser, fromFile } = require("@asyncapi/parser");

const ERROR = 0;

async function main(file) {
  const { document, diagnostics } = await fromFile(new Parser(), file).parse();
  const wrong = diagnostics.filter((one) => one.severity === ERROR);
  for (const one of wrong) console.error(`${file}:${one.range.start.line + 1} /${one.path.join("/")}: ${one.message}`);
  if (document === undefined || wrong.length > 0) process.exit(1);
  const channels = document.channels().all();
  const messages = document.components().messages().all();
  console.log(`${file}: valid AsyncAPI ${document.version()}, ${channels.length} channels, ${messages.length} messages`);
  const hints = new Set(diagnostics.map((one) => one.code));
  if (hints.size > 0) console.log(`hints: ${[...hints].join(", ")}`);
}

main(process.argv[2]).catch((error) => {
  console.error(String(error));
  process.exit(1);
});
