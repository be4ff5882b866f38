import { readJsonDocuments } from '../domain/json-documents.ts'
import { invalidRequest } from './errors.ts'

/** The members of a request's body; none when there is no body. */
export function readJsonBody(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {}
  const text = body.toString()
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw invalidRequest(`The body is not JSON${placeOf(text)}`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw invalidRequest('The body should be a JSON object')
  }
  return parsed as Record<string, unknown>
}

function placeOf(text: string): string {
  const { error } = readJsonDocuments(text)
  return error === null ? '' : ` at line ${error.line}, column ${error.column}: ${error.message}`
}
