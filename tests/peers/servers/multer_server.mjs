// A correct server on Express and multer, which reads forms with busboy.

import express from 'express'
import multer from 'multer'
import { Refusal, authorise, makeJob, terms } from './judging.mjs'

const app = express()
const upload = multer({ storage: multer.memoryStorage() }).any()

app.route(terms.path)[terms.method.toLowerCase()](
  (request, _response, next) => {
    authorise(request.get('authorization'))
    if (!request.is(terms.media_type)) throw new Refusal(415, `send ${terms.media_type}`)
    next()
  },
  // What multer or busboy says is about what was sent, and has no status.
  (request, response, next) => upload(request, response, error => next(error && new Refusal(400, error.message))),
  (request, response) => {
    const given = Object.entries(request.body ?? {}).map(([name, value]) => [name, [value].flat()])
    // A name with brackets makes multer put an object, or a list in a list, in place of a text.
    for (const [name, values] of given) {
      if (!values.every(value => typeof value === 'string')) throw new Refusal(400, `${name} is a text`)
    }
    const texts = new Map(given)
    const files = new Set((request.files ?? []).map(file => file.fieldname))
    response.status(terms.status).json(makeJob(texts, files))
  }
).all(() => { throw new Refusal(405, 'method not allowed', { Allow: terms.method }) })

app.use(() => { throw new Refusal(404, 'not found') })

// Express knows an error handler by its four parameters, and gives a status to what it refuses itself.
app.use((error, _request, response, _next) => {
  if (!error.status) console.error(error)
  const refusal = error instanceof Refusal ? error : new Refusal(error.status ?? 500, 'the request failed')
  response.status(refusal.status).set(refusal.headers).json(refusal.body)
})

app.listen(Number(process.env.PORT), '127.0.0.1')
