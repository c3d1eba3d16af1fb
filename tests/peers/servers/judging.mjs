// What the Node servers share: the contract's terms, the judgement of a decoded form, and the making of jobs.

import { randomUUID, timingSafeEqual } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'

export const terms = JSON.parse(readFileSync(process.env.PEER_TERMS, 'utf8'))

export class Refusal extends Error {
  constructor (status, reason, headers = {}) {
    super(reason)
    Object.assign(this, { status, headers })
  }

  get body () {
    return { [terms.error]: this.message }
  }
}

export function authorise (header = '') {
  const [, scheme, given] = /^(\S+) +(.*?) *$/.exec(header) ?? [null, '', '']
  const [sent, expected] = [given, terms.token].map(text => Buffer.from(text))
  const same = sent.length === expected.length && timingSafeEqual(sent, expected)
  if (scheme.toLowerCase() !== terms.scheme.toLowerCase() || !same) {
    throw new Refusal(401, 'a valid API key is required', { 'WWW-Authenticate': terms.scheme })
  }
}

// texts: a Map from the name of a field to its values; files: a Set of the names that came with a filename.
export function makeJob (texts, files) {
  for (const [name, rule] of Object.entries(terms.fields)) check(name, rule, texts.get(name) ?? [], files.has(name))
  const job = { ...terms.job, [terms.id]: randomUUID(), [terms.created]: Date.now() }
  for (const [member, sources] of Object.entries(terms.echoes)) {
    delete job[member]
    const source = sources.find(name => texts.has(name))
    if (source) job[member] = texts.get(source)[0]
  }
  appendFileSync(terms.jobs, `${job[terms.id]}\n`)
  return job
}

function check (name, rule, given, isFile) {
  const refuse = reason => { throw new Refusal(400, `${name} ${reason}`) }
  const isObject = value => typeof value === 'object' && value !== null && !Array.isArray(value)
  const parsed = text => {
    try { return JSON.parse(text) } catch { return refuse('is not JSON') }
  }
  if (!given.length && !isFile) return rule.required ? refuse('is required') : undefined
  if (isFile !== (rule.kind === 'file') && rule.kind !== 'any') refuse(isFile ? 'must not be a file' : 'must be a file')
  if (given.length > 1 && !['texts', 'objects'].includes(rule.kind)) refuse('was given more than once')
  if (rule.kind === 'integer') {
    if (!/^-?(0|[1-9][0-9]{0,17})$/.test(given[0])) refuse('must be an integer')
    if ('minimum' in rule && Number(given[0]) < rule.minimum) refuse(`must be ${rule.minimum} or more`)
  }
  if (rule.kind === 'text') {
    if (given[0].trim().length < (rule.minLength ?? 0)) refuse('must not be blank')
    if (rule.enum && !rule.enum.includes(given[0])) refuse('is none of the values that are listed')
  }
  if (rule.kind === 'object' && !isObject(parsed(given[0]))) refuse('must be an object')
  if (rule.kind === 'objects') {
    const values = given.map(parsed)
    const items = values.length === 1 && Array.isArray(values[0]) ? values[0] : values
    if (!items.every(isObject)) refuse('must be a list of objects')
  }
}
