/** What stands for the client id of whoever publishes, subscribes or receives. */
const CLIENT_ID = '${iot:ClientId}'

/** What is wrong with a topic filter (MQTT 3.1.1, 4.7.1), or null. */
export function topicFilterFault(filter: string): string | null {
  if (filter === '') return 'should not be empty'
  const levels = filter.split('/')
  for (const [i, level] of levels.entries()) {
    const plain = level.replaceAll(CLIENT_ID, '')
    if (plain.includes('#') && (level !== '#' || i < levels.length - 1)) {
      return 'should have "#" as its last level only'
    }
    if (plain.includes('+') && level !== '+') return 'should have "+" as a whole level'
    if (plain.includes('${')) return `should have no other variable than ${CLIENT_ID}`
  }
  return null
}

/** An MQTT topic filter with `+`, `#` and the client's id. */
export class TopicFilter {
  readonly #levels: readonly string[]

  constructor(filter: string) {
    this.#levels = filter.split('/')
  }

  /** Wildcards do not match a first level that begins with `$` (MQTT 3.1.1, 4.7.2). */
  matches(topic: string, clientId: string): boolean {
    const levels = topic.split('/')
    const first = this.#levels[0]
    if (topic.startsWith('$') && (first === '+' || first === '#')) return false
    let at = 0
    for (const wanted of this.#levels) {
      // It stands for all that follows, and for the level before it alone.
      if (wanted === '#') return true
      if (wanted === '+') {
        if (at++ >= levels.length) return false
        continue
      }
      // A client id may hold the sign between levels.
      for (const part of wanted.replaceAll(CLIENT_ID, () => clientId).split('/')) {
        if (levels[at++] !== part) return false
      }
    }
    return at === levels.length
  }
}
