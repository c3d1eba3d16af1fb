// Writes the types of a contract: node types.mjs CONTRACT.json FOLDER
import { createClient } from "@hey-api/openapi-ts";

const [input, path] = process.argv.slice(2);

// A value that is new to the client must not be a type error: completed as listed, and any other text as well.
const open = ({ $, nodes, schema }) =>
  (schema.items ?? []).some((item) => typeof item.const === "string")
    ? $.type.or(nodes.base({ nodes, schema }), $.type.and($.type("string"), $.type.object()))
    : undefined;

await createClient({
  input,
  logs: { file: false, level: "silent" },
  output: { entryFile: false, path },
  plugins: [{ name: "@hey-api/typescript", $resolvers: { enum: open } }],
});
