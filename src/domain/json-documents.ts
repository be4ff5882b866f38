/** Where a text stops being JSON. Line and column count from 1. */
export interface JsonError {
  line: number
  column: number
  message: string
}

export interface JsonDocuments {
  /** The documents before the error, or all of them. */
  documents: unknown[]
  error: JsonError | null
}

const MAX_DEPTH = 100
const SPACE = /[ \t\n\r]*/y
const BYTE_ORDER_MARK = '\uFEFF'
const LITERAL = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/**
 * Reads one or several JSON documents written one after the other. JSON.parse alone does not say
 * where a text breaks (its messages change with every engine), so the grammar is walked here and
 * JSON.parse builds the values.
 */
export function readJsonDocuments(text: string): JsonDocuments {
  const documents: unknown[] = []
  const walker = new Walker(text)
  try {
    for (;;) {
      const start = walker.skipSpace()
      if (start === text.length) return { documents, error: null }
      walker.value(0)
      documents.push(JSON.parse(text.slice(start, walker.at)))
    }
  } catch (error) {
    if (!(error instanceof Broken)) throw error
    return { documents, error: { ...lineAndColumn(text, error.at), message: error.message } }
  }
}

class Broken extends Error {
  readonly at: number

  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

class Walker {
  at: number
  readonly text: string

  constructor(text: string) {
    this.text = text
    this.at = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0
  }

  skipSpace(): number {
    this.#match(SPACE)
    return this.at
  }

  value(depth: number): void {
    if (depth > MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH} levels`)
    const next = this.text[this.at]
    if (next === '{') this.#members('}', () => this.#member(depth))
    else if (next === '[') this.#members(']', () => this.value(depth + 1))
    else if (next === '"') this.#string()
    else if (!this.#match(LITERAL)) this.#unexpected('a value')
  }

  /** What stands between brackets: items with a comma between each two. */
  #members(close: string, item: () => void): void {
    this.at++
    this.skipSpace()
    if (this.#take(close)) return
    for (;;) {
      item()
      this.skipSpace()
      if (this.#take(close)) return
      const comma = this.at
      if (!this.#take(',')) this.#unexpected(`"," or "${close}"`)
      this.skipSpace()
      if (this.text[this.at] === close) this.#fail(`remove the comma before "${close}"`, comma)
    }
  }

  #member(depth: number): void {
    if (this.text[this.at] !== '"') this.#unexpected('a member name in double quotes')
    this.#string()
    this.skipSpace()
    if (!this.#take(':')) this.#unexpected('":"')
    this.skipSpace()
    this.value(depth + 1)
  }

  #string(): void {
    const start = this.at++
    for (;;) {
      const next = this.text[this.at]
      if (next === undefined) this.#fail('this string is never closed', start)
      if (next < ' ') this.#fail('a string must not run over a line end or hold control characters')
      if (next === '\\') {
        if (!this.#match(ESCAPE)) this.#fail('unknown escape in a string')
        continue
      }
      this.at++
      if (next === '"') return
    }
  }

  #take(character: string): boolean {
    if (this.text[this.at] !== character) return false
    this.at++
    return true
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    if (!pattern.test(this.text)) return false
    this.at = pattern.lastIndex
    return true
  }

  #unexpected(wanted: string): never {
    const next = this.text.codePointAt(this.at)
    const found = next === undefined ? 'the text ends' : JSON.stringify(String.fromCodePoint(next))
    this.#fail(`found ${found} where ${wanted} should be`)
  }

  #fail(message: string, at: number = this.at): never {
    throw new Broken(at, message)
  }
}

function lineAndColumn(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: at - lineStart + 1 }
}
