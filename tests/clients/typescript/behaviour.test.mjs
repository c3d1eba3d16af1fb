// What vectors do not ask: what an application sees beside the wire. Run by `node --test`.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { test } from "node:test";

import * as videos from "aiid-videos";

const FORM = { model: "any", prompt: "A cat" };
const JOB = { id: "job_1", object: "video", model: "any", status: "queued", progress: 0, created_at: 1_764_347_090 };

/** A server that answers as it is told, once for each entry, the last one again and again; and a client of it. */
async function scene(context, answers, options = {}) {
  const seen = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(seen.length, answers.length - 1)];
    let body = "";
    request.setEncoding("utf8").on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      answer(response, seen.length);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  context.after(() => (server.closeAllConnections(), server.close()));
  const baseUrl = `http://127.0.0.1:${server.address().port}`;
  return { client: new videos.VideosClient({ baseUrl, token: "sk-behaviour", timeoutMs: 30_000, ...options }), seen, baseUrl };
}

const says = (value, status = 200, headers = {}) => (response) => {
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(value));
};
const silence = () => undefined;

test("a signal that has spoken before a call sends nothing", async (context) => {
  const { client, seen } = await scene(context, [says(JOB)]);
  const failed = await client.create(FORM, { signal: AbortSignal.abort("no") }).catch((error) => error);
  assert.ok(failed instanceof videos.CancelledError);
  assert.deepEqual([failed.ambiguous, failed.cause, seen.length], [false, "no", 0]);
});

test("a signal ends a call, which may have been carried out, and is not repeated", async (context) => {
  const stop = new AbortController();
  const { client, seen } = await scene(context, [() => stop.abort("enough")]);
  const failed = await client.create(FORM, { signal: stop.signal }).catch((error) => error);
  assert.ok(failed instanceof videos.CancelledError);
  assert.deepEqual([failed.ambiguous, failed.repeats, failed.cause, seen.length], [true, 0, "enough", 1]);
});

test("a signal ends the pause before a repetition", async (context) => {
  const stop = new AbortController();
  const busy = (response) => (says({}, 429, { "Retry-After": "50" })(response), setTimeout(() => stop.abort(), 50));
  const { client, seen } = await scene(context, [busy]);
  await assert.rejects(client.create(FORM, { signal: stop.signal }), videos.CancelledError);
  assert.equal(seen.length, 1);
});

test("what was never sent is tried again, and the error says how often", async () => {
  const client = new videos.VideosClient({ baseUrl: "http://127.0.0.1:1", token: "sk-behaviour", maxRetries: 1, fetch: refused });
  const failed = await client.create(FORM).catch((error) => error);
  assert.ok(failed instanceof videos.TransportError);
  assert.deepEqual([failed.ambiguous, failed.repeats], [false, 1]);
  assert.match(failed.message, /tried again once/);
});
const refused = async () => {
  throw new TypeError("fetch failed", { cause: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }) });
};

test("an error that comes after a repetition says that it ended there", async (context) => {
  const { client, seen } = await scene(context, [says({}, 429, { "Retry-After": "0" }), says({}, 500)]);
  const failed = await client.create(FORM).catch((error) => error);
  assert.deepEqual([failed.status, failed.ambiguous, failed.repeats, seen.length], [500, true, 1, 2]);
  assert.match(failed.message, /tried again once\. It may have been carried out, so it was not repeated again/);
});

test("a refusal that asks for patience is repeated, and a success tells how often", async (context) => {
  const { client, seen } = await scene(context, [says({}, 429, { "Retry-After": "0" }), says(JOB, 200, { "X-Oneapi-Request-Id": "r-1" })]);
  const told = [];
  const job = await client.create(FORM, { onAnswer: (answer) => told.push(answer) });
  assert.deepEqual([job.id, told.length, told[0].repeats, told[0].status, seen.length], [JOB.id, 1, 1, 200, 2]);
});

test("headers and fields that the contract does not name are sent", async (context) => {
  const { client, seen } = await scene(context, [says(JOB)], { headers: { "X-Always": "1" } });
  await client.create(FORM, { headers: { "X-Once": "2" }, extraFields: { later: { a: 1 }, also: "text" } });
  assert.deepEqual([seen[0].headers["x-always"], seen[0].headers["x-once"]], ["1", "2"]);
  assert.match(seen[0].body, /name="later"\r\nContent-Type: application\/json\r\n\r\n\{"a":1\}\r\n/);
  assert.match(seen[0].body, /name="also"\r\n\r\ntext\r\n/);
});

test("headers of the caller's replace those of the client, but for what only the client can say", async (context) => {
  const { client, seen } = await scene(context, [says(JOB)], { headers: new Headers({ "X-Always": "1" }) });
  await client.create(FORM, { headers: { accept: "text/x-own", "USER-AGENT": "own", "x-always": "2" } });
  const { accept, "user-agent": agent, "x-always": always } = seen[0].headers;
  assert.deepEqual([accept, agent, always], ["text/x-own", "own", "2"]);
  for (const name of ["content-type", "AUTHORIZATION", "Transfer-Encoding", "no name"]) {
    await assert.rejects(client.create(FORM, { headers: { [name]: "secret" } }), (error) => error instanceof TypeError && !error.message.includes("secret"));
    assert.throws(() => new videos.VideosClient({ token: "sk-behaviour", headers: { [name]: "x" } }), TypeError);
  }
  await assert.rejects(client.create(FORM, { headers: { "X-Once": "a\nb" } }), TypeError);
  assert.equal(seen.length, 1);
});

test("a base URL may end as other clients want it", async (context) => {
  const { client, seen, baseUrl } = await scene(context, [says(JOB)]);
  await client.retrieve("job_1");
  const [, first] = seen[0].url.split("/");
  for (const place of ["", "/", `/${first}`, `/${first}/`, `/gateway/${first}`]) {
    await new videos.VideosClient({ baseUrl: baseUrl + place, token: "sk-behaviour" }).retrieve("job_1");
  }
  const plain = seen[0].url;
  assert.deepEqual(seen.map((request) => request.url), [plain, plain, plain, plain, plain, `/gateway${plain}`]);
});

test("a client that cannot be made as asked is not made", () => {
  for (const baseUrl of ["", "example.com", "ftp://example.com", "https://user:word@example.com", "https://example.com/?", "https://example.com/#"]) {
    assert.throws(() => new videos.VideosClient({ baseUrl, token: "sk-behaviour" }), videos.ConfigurationError, baseUrl);
  }
  for (const timeoutMs of [0, -1, Number.NaN, "5"]) assert.throws(() => new videos.VideosClient({ timeoutMs, token: "sk-behaviour" }), TypeError);
});

test("a large form is not kept in memory, and a redirection in answer to it is told", async (context) => {
  const away = (response) => response.writeHead(307, { Location: "/elsewhere" }).end();
  const told = [];
  const own = (input, init) => (told.push([init.redirect, "window" in init]), fetch(input, init));
  const { client, seen } = await scene(context, [away], { fetch: own });
  for (const size of [10, 2 ** 21]) {
    const failed = await client.create({ ...FORM, image: new Blob([new Uint8Array(size)]) }).catch((error) => error);
    assert.ok(failed instanceof videos.StatusError);
    assert.deepEqual([failed.status, failed.ambiguous, failed.repeats], [size === 10 ? 307 : 0, false, 0]);
    assert.match(failed.message, /a redirection to another address, which is not followed/);
  }
  assert.deepEqual(told, [["manual", false], ["error", true]]);
  assert.equal(seen.length, 2);
});

test("a value that cannot be sent is a TypeError, and nothing is sent", async (context) => {
  const { client, seen } = await scene(context, [says(JOB)]);
  const bad = [
    { image: Promise.resolve(new Blob()) }, { image: "cat.png" }, { metadata: new Map() }, { metadata: { a: Number.NaN } },
    { metadata: { a: new Blob() } }, { prompt: "\ud800" }, { prompt: { text: "A cat" } }, { prompt: Symbol("cat") },
    { images: "https://example.com/a.png" }, { content: new Set() }, { duration: Number.POSITIVE_INFINITY },
    { metadata: { nested: [() => 1] } }, { input_reference: new Response("…") }, { input_reference: new FormData() },
    { input_reference: new Blob(["…"]).stream() }, { input_reference: Readable.from(["…"]) }, { image: Readable.from(["…"]) },
  ];
  for (const values of bad) await assert.rejects(client.create({ ...FORM, ...values }), TypeError, Object.keys(values)[0]);
  await assert.rejects(client.retrieve(".."), TypeError);
  assert.equal(seen.length, 0);
});

test("numbers that JavaScript would round are sent as they are", async (context) => {
  const { client, seen } = await scene(context, [says(JOB)]);
  await client.create({ ...FORM, seed: 9_007_199_254_740_993n, metadata: { at: 9_007_199_254_740_993n } });
  assert.equal(seen[0].body.split("9007199254740993").length, 3);
});

test("a job that was made is not lost, whatever ends the waiting", async (context) => {
  const { client } = await scene(context, [says(JOB), says({}, 405)]);
  const failed = await client.createAndWait(FORM, { pollIntervalMs: 1 }).catch((error) => error);
  assert.ok(failed instanceof videos.NotOfferedError);
  assert.deepEqual([failed.jobId, failed.job.status], [JOB.id, "queued"]);
  assert.ok(failed.cause instanceof videos.AnswerError);
});

test("a job without an id that one could ask for is told of as such", async (context) => {
  for (const id of [{}, [], true, { a: 1 }, [1], "", null]) {
    const { client, seen } = await scene(context, [says({ ...JOB, id })]);
    const failed = await client.createAndWait(FORM).catch((error) => error);
    assert.ok(failed instanceof videos.UndecodableAnswerError, JSON.stringify(id));
    assert.deepEqual([failed.ambiguous, seen.length], [true, 1]);
  }
  const { client, seen } = await scene(context, [says({ ...JOB, id: 7 }), says({ ...JOB, id: 7, status: "completed" })]);
  const done = await client.createAndWait(FORM, { pollIntervalMs: 1 });
  assert.equal(done.id, "7");
  assert.match(seen[1].url, /\/7$/);
});

test("a number that makes no sense costs nothing", async (context) => {
  const { client, seen } = await scene(context, [says(JOB)]);
  for (const wrong of [{ deadlineMs: -1 }, { deadlineMs: Number.NaN }, { pollIntervalMs: 0 }, { timeoutMs: 0 }]) {
    await assert.rejects(client.createAndWait(FORM, wrong), TypeError);
  }
  assert.equal(seen.length, 0);
});

test("who is told of a job is told of it at once, and an error of theirs does not lose it", async (context) => {
  const { client, seen } = await scene(context, [says(JOB)]);
  const told = [];
  const onProgress = async (job) => {
    told.push(job.id);
    throw new Error("no disk left");
  };
  const failed = await client.createAndWait(FORM, { onProgress }).catch((error) => error);
  assert.ok(failed instanceof videos.WaitError);
  assert.deepEqual([failed.jobId, failed.job.status, failed.cause.message, told, seen.length], [JOB.id, "queued", "no disk left", [JOB.id], 1]);
});

test("waiting tells of each change, bears failures, and ends with the job", async (context) => {
  const stages = [says({ ...JOB, status: "dreaming" }), says({}, 503), says({ ...JOB, status: "dreaming" }), says({ ...JOB, status: "completed" })];
  const { client, seen } = await scene(context, stages);
  const told = [];
  const options = { pollIntervalMs: 1, onProgress: (job) => told.push(job.status), headers: { "X-Once": "1" } };
  const done = await client.wait(JOB.id, options);
  assert.deepEqual([done.status, told, seen.length], ["completed", ["dreaming", "completed"], 4]);
  assert.ok(seen.every((request) => request.headers["x-once"] === "1"));
});

test("a signal ends the waiting, and its error still holds the job", async (context) => {
  const stop = new AbortController();
  const { client } = await scene(context, [says(JOB)]);
  const waiting = client.wait(JOB, { pollIntervalMs: 1, signal: stop.signal, onProgress: silence });
  setTimeout(() => stop.abort("home"), 30);
  const failed = await waiting.catch((error) => error);
  assert.ok(failed instanceof videos.WaitCancelledError);
  assert.deepEqual([failed.job.id, failed.cause], [JOB.id, "home"]);
});

test("a deadline ends the waiting", async (context) => {
  const { client } = await scene(context, [says(JOB)]);
  await assert.rejects(client.wait(JOB.id, { pollIntervalMs: 1, deadlineMs: 50 }), videos.WaitTimedOutError);
});

test("a download that stops midway fails for want of news", async (context) => {
  const half = (response) => response.writeHead(200, { "Content-Type": "video/mp4", "Content-Length": "10" }).write("12345");
  const { client } = await scene(context, [half]);
  const download = await client.downloadContent("job_1", { timeoutMs: 200 });
  await assert.rejects(download.blob(), videos.TimedOutError);
});

test("an error says what a server said, and a log shows neither body nor token", async (context) => {
  const { client } = await scene(context, [says({ error: { message: "no such model", code: "m-1" } }, 400)]);
  const failed = await client.create(FORM).catch((error) => error);
  assert.ok(failed instanceof videos.ClientError);
  assert.deepEqual([failed.status, failed.code, failed.reason, failed.name], [400, "m-1", "no such model", "BadRequestError"]);
  assert.deepEqual(Object.keys(failed).filter((name) => ["answer", "text"].includes(name)), []);
  assert.deepEqual(failed.answer, { error: { message: "no such model", code: "m-1" } });
});

test("points in time are read in whichever unit and form", () => {
  const moment = Date.UTC(2025, 10, 28, 16, 24, 50);
  for (const value of [moment / 1000, moment, moment * 1000, moment * 1e6, new Date(moment).toISOString(), "2025-11-28T16:24:50"]) {
    assert.equal(videos.toDate(value)?.getTime(), moment);
  }
  for (const value of [0, null, undefined, "soon", Number.NaN]) assert.equal(videos.toDate(value), null);
});
