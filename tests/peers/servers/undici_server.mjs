// A correct server on Node alone: its HTTP server, and the reader of forms that its fetch brings (undici), as Hono does.

import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { Refusal, authorise, makeJob, terms } from './judging.mjs'

async function create (request) {
  const { pathname } = new URL(request.url, 'http://localhost')
  if (pathname !== terms.path) throw new Refusal(404, 'not found')
  if (request.method !== terms.method) throw new Refusal(405, 'method not allowed', { Allow: terms.method })
  authorise(request.headers.authorization)
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase()
  if (mediaType !== terms.media_type) throw new Refusal(415, `send ${terms.media_type}`)
  const form = await formData(request)
  const texts = new Map()
  const files = new Set()
  for (const [name, value] of form) {
    if (typeof value === 'string') texts.set(name, [...(texts.get(name) ?? []), value])
    else files.add(name)
  }
  return makeJob(texts, files)
}

async function formData (request) {
  const body = new Response(Readable.toWeb(request), { headers: { 'Content-Type': request.headers['content-type'] } })
  try {
    return await body.formData()
  } catch (error) {
    throw new Refusal(400, `the form cannot be read: ${error.message}`)
  }
}

createServer(async (request, response) => {
  try {
    const job = await create(request)
    response.writeHead(terms.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(job))
  } catch (error) {
    if (!(error instanceof Refusal)) console.error(error)
    const refusal = error instanceof Refusal ? error : new Refusal(500, 'the request failed')
    response.writeHead(refusal.status, { 'Content-Type': 'application/json', ...refusal.headers })
    response.end(JSON.stringify(refusal.body))
  }
}).listen(Number(process.env.PORT), '127.0.0.1')
