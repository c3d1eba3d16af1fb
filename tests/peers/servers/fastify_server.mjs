// A correct server on Fastify and its multipart plugin, with their limits and their own errors.

import multipart from '@fastify/multipart'
import fastify from 'fastify'
import { Refusal, authorise, makeJob, terms } from './judging.mjs'

const app = fastify()
app.register(multipart)

app.setErrorHandler((error, _request, reply) => {
  if (error instanceof Refusal) return reply.code(error.status).headers(error.headers).send(error.body)
  if (!error.statusCode) console.error(error)
  return reply.send(error)
})

async function decoded (request) {
  const texts = new Map()
  const files = new Set()
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        await part.toBuffer()
        files.add(part.fieldname)
      } else {
        // The plugin has parsed what says that it is JSON.
        const text = typeof part.value === 'string' ? part.value : JSON.stringify(part.value)
        texts.set(part.fieldname, [...(texts.get(part.fieldname) ?? []), text])
      }
    }
  } catch (error) {
    // What busboy says is about what was sent, and has no status.
    throw error.statusCode ? error : new Refusal(400, error.message)
  }
  return { texts, files }
}

app.register(async scope => {
  scope.route({
    method: terms.method,
    url: terms.path,
    onRequest: async request => authorise(request.headers.authorization),
    handler: async (request, reply) => {
      if (!request.isMultipart()) throw new Refusal(415, `send ${terms.media_type}`)
      const { texts, files } = await decoded(request)
      return reply.code(terms.status).send(makeJob(texts, files))
    }
  })
})

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
