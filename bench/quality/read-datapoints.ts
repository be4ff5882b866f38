import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { DetectError } from '../../src/domain/errors.ts'
import { show } from '../../src/domain/problem.ts'

const HEADER = 'thing,metric,timestamp,value'

/** A series as its file has it. */
export interface Columns {
  thing: string
  metric: string
  time: Float64Array
  value: Float64Array
}

/** Reads a gzipped table of datapoints into columns per (thing, metric), rows in the order of the file. */
export async function readDatapoints(path: string): Promise<Columns[]> {
  const reader = new RowReader(path)
  const unzipped = createGunzip()
  createReadStream(path)
    .on('error', (error) => unzipped.destroy(error))
    .pipe(unzipped)
  try {
    await reader.readAll(unzipped)
  } catch (cause) {
    if (cause instanceof DetectError) throw cause
    throw new DetectError('input', `${path}: ${(cause as Error).message}`, { cause })
  }
  return reader.columns()
}

class RowReader {
  readonly #path: string
  readonly #columns = new Map<string, GrowingColumns>()
  #line = 0

  constructor(path: string) {
    this.#path = path
  }

  columns(): Columns[] {
    if (this.#line === 0) throw new DetectError('input', `${this.#path}: empty`)
    return [...this.#columns].map(([key, columns]) => {
      const comma = key.indexOf(',')
      return { thing: key.slice(0, comma), metric: key.slice(comma + 1), ...columns.close() }
    })
  }

  async readAll(chunks: AsyncIterable<Buffer>): Promise<void> {
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of chunks) {
      text += decoder.decode(chunk, { stream: true })
      let at = 0
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
        this.#read(text, at, end)
        at = end + 1
      }
      text = text.slice(at)
    }
    if (text !== '') this.#read(text, 0, text.length)
  }

  #read(text: string, from: number, lineEnd: number): void {
    this.#line++
    const end = text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd
    if (this.#line === 1) {
      if (text.slice(from, end) === HEADER) return
      throw this.#error(`the header should be ${HEADER}, not ${show(text.slice(from, end))}`)
    }
    const valueAt = text.lastIndexOf(',', end - 1) + 1
    const timeAt = text.lastIndexOf(',', valueAt - 2) + 1
    const metricAt = text.indexOf(',', from) + 1
    const fits = metricAt > from && metricAt < timeAt && timeAt < valueAt && valueAt < end
    const time = fits ? Number(text.slice(timeAt, valueAt - 1)) : Number.NaN
    const value = fits ? Number(text.slice(valueAt, end)) : Number.NaN
    if (!Number.isSafeInteger(time) || !Number.isFinite(value)) {
      throw this.#error(
        `should be a thing, a metric, milliseconds and a number: ${show(text.slice(from, end))}`,
      )
    }
    this.#columnsOf(text.slice(from, timeAt - 1)).add(time, value)
  }

  #columnsOf(key: string): GrowingColumns {
    const known = this.#columns.get(key)
    if (known !== undefined) return known
    if (key.split(',').length !== 2) throw this.#error('a row has four fields')
    const columns = new GrowingColumns()
    this.#columns.set(key, columns)
    return columns
  }

  #error(problem: string): DetectError {
    return new DetectError('input', `${this.#path}:${this.#line}: ${problem}`)
  }
}

class GrowingColumns {
  #time = new Float64Array(1_024)
  #value = new Float64Array(1_024)
  #rows = 0

  add(time: number, value: number): void {
    if (this.#rows === this.#time.length) {
      this.#time = doubled(this.#time)
      this.#value = doubled(this.#value)
    }
    this.#time[this.#rows] = time
    this.#value[this.#rows++] = value
  }

  close(): Pick<Columns, 'time' | 'value'> {
    return { time: this.#time.slice(0, this.#rows), value: this.#value.slice(0, this.#rows) }
  }
}

function doubled(column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2)
  larger.set(column)
  return larger
}
