// Prints everything that can be seen of a client, and of each way in which a call can fail: the token must not be in it.
import { once } from "node:events";
import { createServer } from "node:http";
import { inspect } from "node:util";

import { VideosClient } from "aiid-videos";

const token = process.argv[2];
const ways = {
  cut: (request) => request.socket.destroy(),
  echo: (request, response) => {
    response.writeHead(401, { "Content-Type": "application/json", "X-Echo": request.headers.authorization });
    response.end(JSON.stringify({ error: { message: `no such key: ${request.headers.authorization}`, code: token } }));
  },
  page: (request, response) => response.end(`<title>${request.headers.authorization}</title>`),
  redirect: (_, response) => response.writeHead(307, { Location: `http://localhost/?key=${token}` }).end(),
  silence: () => undefined,
};
const form = { model: "any", prompt: "A cat" };
for (const way of Object.values(ways)) {
  const server = createServer(way).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = new VideosClient({ token, baseUrl: `http://127.0.0.1:${server.address().port}`, timeoutMs: 500, maxRetries: 0 });
  const failed = await client.create(form).catch((error) => error);
  for (const one of [client, failed]) {
    console.log(inspect(one, { depth: 20, showHidden: true }), JSON.stringify(one), String(one), one.stack, one.text, one.answer);
  }
  server.closeAllConnections();
  server.close();
}
for (const bad of ["sk with spaces", `${token}\nX: y`, "sk-é"]) {
  try {
    new VideosClient({ token: bad });
  } catch (error) {
    console.log(inspect(error, { depth: 20, showHidden: true }));
  }
}
