// Lets openai (npm) be judged as it is: what its own methods take and give, with the settings that it comes with.
// With `--once` it repeats nothing by itself, as its page says how.
import OpenAI, { toFile } from 'openai';
import { VERSION } from 'openai/version';

const settings = process.argv.includes('--once') ? { maxRetries: 0 } : {};
const calls = {
  createVideo: async (videos, { body }) => videos.create(await given(body)),
  retrieveVideo: (videos, { path }) => videos.retrieve(...Object.values(path)),
  downloadVideoContent: (videos, { path }) => videos.downloadContent(...Object.values(path)),
};

/** A value as the library takes it, with a file wherever one is; fields that it does not know are sent as they are. */
async function given(value) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return Promise.all(value.map(given));
  if (!value.$file) {
    return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([name, of]) => [name, await given(of)])));
  }
  const { base64, filename, content_type: type } = value.$file;
  return toFile(Buffer.from(base64, 'base64'), filename, { type });
}

async function told(value) {
  if (!(value instanceof Response)) return { value: value ?? null, request_id: value?._request_id };
  const base64 = Buffer.from(await value.arrayBuffer()).toString('base64');
  return { value: { $file: { base64, content_type: value.headers.get('content-type') } } };
}

/** What went wrong; what is none of these gets past whoever uses it, and ends this, too. */
function kind(error) {
  if (error instanceof OpenAI.APIConnectionTimeoutError) return 'timeout';
  if (error instanceof OpenAI.APIConnectionError) return 'connection';
  if (error instanceof OpenAI.APIError) return 'http';
  if (error instanceof OpenAI.OpenAIError || (error instanceof TypeError && !error.cause)) return 'invalid_request';
  throw error;
}

async function answer(message) {
  if (message.type === 'hello') {
    return { type: 'hello', protocol: 1, client: { name: 'openai (npm)', version: VERSION, language: 'typescript' } };
  }
  const { id, base_url, token, timeout, operation, helper, arguments: given } = message;
  const call = helper ? undefined : calls[operation];
  if (!call) return { type: 'result', id, outcome: 'unsupported', why: `it has no ${helper ?? operation}` };
  try {
    const client = new OpenAI({ apiKey: token, baseURL: `${base_url}/v1`, timeout: timeout * 1000, ...settings });
    return { type: 'result', id, outcome: 'value', ...(await told(await call(client.videos, given))) };
  } catch (error) {
    const { status, requestID: request_id, code } = error;
    const told = { kind: kind(error), status, code, message: String(error), request_id, ambiguous: null };
    return { type: 'result', id, outcome: 'error', error: told };
  }
}

let rest = '';
for await (const text of process.stdin.setEncoding('utf8')) {
  const lines = (rest + text).split('\n'); // readline would end lines at U+2028 as well
  rest = lines.pop();
  for (const message of lines.map((line) => JSON.parse(line))) {
    if (message.type === 'bye') process.exit(0);
    process.stdout.write(`${JSON.stringify(await answer(message))}\n`);
  }
}
