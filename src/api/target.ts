/** Path and query of a request's target, as sent; a proxy may have written it as a whole URL. */
export function splitTarget(target: string): { path: string; query: string } {
  const relative = target.replace(/^https?:\/\/[^/?]*/i, '')
  const question = relative.indexOf('?')
  if (question < 0) return { path: relative || '/', query: '' }
  return { path: relative.slice(0, question) || '/', query: relative.slice(question + 1) }
}
