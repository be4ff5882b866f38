import { spawn } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { RecordBatchStreamWriter, tableFromArrays } from 'apache-arrow'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { followRun, pipedRun, stdinRun } from '../../src/adapters/live.ts'
import type { FileIdentity, InputRun, Segment } from '../../src/detect/ports.ts'
import { datapoint, decodedAll, line, takeRows } from './live-rows.ts'

function iteratorOf(run: InputRun, from = 0): AsyncIterator<Segment> {
  return (run.segments(from) as AsyncIterable<Segment>)[Symbol.asyncIterator]()
}

async function rowsOf(run: InputRun, from = 0): Promise<string[]> {
  return await decodedAll(run.segments(from))
}

const lines = (count: number): string =>
  Array.from({ length: count }, (_, i) => line('a', i)).join('')
const rows = (count: number): string[] => Array.from({ length: count }, (_, i) => `a ${i}`)

describe('standard input', () => {
  test('is a live run without a beginning', async () => {
    const run = stdinRun(null, { input: Readable.from([Buffer.from(lines(3))]) })
    expect(run).toMatchObject({ name: 'stdin', bytes: null, ordered: true, skippedLines: 0 })
    expect(run.start).toBe(Number.NEGATIVE_INFINITY)
    expect(await rowsOf(run)).toEqual(rows(3))
  })

  test("a child's lines come while the child goes on, and its end is the run's", async () => {
    const child = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] })
    const segments = iteratorOf(stdinRun(null, { input: child.stdout }))
    for (let i = 0; i < 5; i++) {
      child.stdin.write(line('a', i))
      // Were it kept back for more, this would never return.
      expect((await takeRows(segments, 1)).rows).toEqual([`a ${i}`])
    }
    child.stdin.end(line('b', 5).trimEnd())
    expect((await takeRows(segments, 9)).rows).toEqual(['b 5'])
  })

  test('the real one, in a process of its own', async () => {
    const live = new URL('../../src/adapters/live.ts', import.meta.url).href
    const script = `
      import { stdinRun } from ${JSON.stringify(live)}
      for await (const { bytes, mark } of stdinRun(null).segments(0)) console.log(bytes, mark)`
    const child = spawn(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script],
      { stdio: ['pipe', 'pipe', 'inherit'], cwd: fileURLToPath(new URL('../..', import.meta.url)) },
    )
    const output = child.stdout[Symbol.asyncIterator]()
    const length = line('a', 1).length
    child.stdin.write(line('a', 1))
    expect(String((await output.next()).value)).toBe(`${length} ${length}\n`)
    child.stdin.end(line('a', 2))
    expect(String((await output.next()).value)).toBe(`${length} ${2 * length}\n`)
    expect((await output.next()).done).toBe(true)
  })

  test('what was consumed is passed over when the stream is supplied again', async () => {
    const header = 'thing,metric,timestamp,value\n'
    const csv = (count: number): string =>
      header + Array.from({ length: count }, (_, i) => `a,cpu,1790000000,${i}\n`).join('')
    const inputs: Record<string, [Buffer, Buffer]> = {
      ndjson: [Buffer.from(lines(4)), Buffer.from(lines(9))],
      csv: [Buffer.from(csv(4)), Buffer.from(csv(9))],
      gzip: [gzipSync(lines(4)), gzipSync(lines(9))],
      json: [
        Buffer.from(lines(4).replaceAll('\n', '')),
        Buffer.from(lines(9).replaceAll('\n', '')),
      ],
    }
    for (const [name, [first, again]] of Object.entries(inputs)) {
      const read = await takeRows(iteratorOf(stdinRun(null, { input: Readable.from([first]) })), 4)
      expect(read.rows).toEqual(rows(4))
      const run = stdinRun(null, { input: Readable.from([again]) })
      expect([name, await rowsOf(run, read.mark)]).toEqual([name, rows(9).slice(4)])
      expect(run.skippedLines).toBe(name === 'csv' ? 1 : 0)
    }
  })

  test('gzip is unpacked as it comes; damage costs what is behind it', async () => {
    const packed = gzipSync(lines(2_000), { level: 1 })
    expect(await rowsOf(stdinRun(null, { input: Readable.from([packed]) }))).toEqual(rows(2_000))

    const notes: string[] = []
    const note = (message: string): void => {
      notes.push(message)
    }
    const two = Buffer.concat([gzipSync(lines(5)), gzipSync(lines(2_000)).subarray(0, 900)])
    const read = await rowsOf(stdinRun(null, { input: Readable.from([two]), note }))
    expect(read.slice(0, 5)).toEqual(rows(5))
    expect(notes).toEqual([expect.stringMatching(/^stdin: damaged gzip data/)])
    const piped = pipedRun(Readable.from([two]), null)
    await expect(rowsOf(piped)).rejects.toThrow('stdin: damaged gzip data')
  })

  test('Arrow is read at its end', async () => {
    const table = tableFromArrays({
      thing: ['a', 'a'],
      metric: ['cpu', 'cpu'],
      timestamp: Float64Array.of(1_790_000_000_000, 1_790_000_000_000),
      value: Float64Array.of(0, 1),
    })
    const bytes = RecordBatchStreamWriter.writeAll(table).toUint8Array(true)
    const input = Readable.from([Buffer.from(bytes.slice(0, 100)), Buffer.from(bytes.slice(100))])
    expect(await rowsOf(stdinRun(null, { input }))).toEqual(rows(2))
  })

  test('is not read on while nobody asks', async () => {
    let supplied = 0
    const piece = Buffer.from(lines(1_000))
    const input = new Readable({
      read() {
        supplied += piece.length
        this.push(piece)
      },
    })
    const stop = new AbortController()
    const segments = iteratorOf(stdinRun(null, { input, stop: stop.signal }))
    for (let i = 0; i < 20; i++) {
      const { value } = await segments.next()
      const { mark } = value as Segment
      // However long the consumer takes.
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
      expect(supplied - mark).toBeLessThan(4 * 1024 * 1024)
    }
    stop.abort()
    expect((await segments.next()).done).toBe(true)
    expect(input.destroyed).toBe(true)
  })

  test('a line under way when it is stopped is not consumed', async () => {
    const input = new PassThrough()
    const stop = new AbortController()
    const segments = iteratorOf(stdinRun(null, { input, stop: stop.signal }))
    input.write(`${lines(2)}{"thing":`)
    expect(await takeRows(segments, 2)).toEqual({ rows: rows(2), mark: lines(2).length })
    const next = segments.next()
    stop.abort()
    expect((await next).done).toBe(true)
  })

  test('a failure of the pipe itself is told', async () => {
    const input = new PassThrough()
    const reading = rowsOf(stdinRun(null, { input }))
    input.destroy(new Error('EIO: i/o error'))
    await expect(reading).rejects.toThrow('stdin: EIO: i/o error')
  })
})

describe('standard input of a replay', () => {
  test('its segments do not depend on how the bytes arrive', async () => {
    const bytes = Buffer.from(lines(300_000))
    const cutsOf = async (pieceBytes: number): Promise<number[]> => {
      const pieces: Buffer[] = []
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        pieces.push(bytes.subarray(at, at + pieceBytes))
      }
      const marks: number[] = []
      const run = pipedRun(Readable.from(pieces), null)
      expect(run.ordered).toBe(false)
      for await (const { mark } of run.segments(0)) marks.push(mark)
      return marks
    }
    const marks = await cutsOf(bytes.length)
    expect(marks.length).toBeGreaterThan(2)
    expect(marks.at(-1)).toBe(bytes.length)
    expect(await cutsOf(65_536)).toEqual(marks)
    expect(await cutsOf(1_000_003)).toEqual(marks)
  })

  test('gzip, a table, documents', async () => {
    const table = `thing,metric,timestamp,value\n${'a,cpu,1790000000,0\n'.repeat(2)}`
    expect(await rowsOf(pipedRun(Readable.from([gzipSync(table)]), null))).toEqual(['a 0', 'a 0'])
    const list = JSON.stringify([datapoint('a', 0), datapoint('a', 1)], null, 2)
    expect(await rowsOf(pipedRun(Readable.from([Buffer.from(list)]), null))).toEqual(rows(2))
  })
})

describe('a file that is followed', () => {
  let directory: string
  let path: string
  let stop: AbortController
  let notes: string[]
  let open: AsyncIterator<Segment>[]

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'fleet-detect-live-'))
    path = join(directory, 'fleet.log')
    stop = new AbortController()
    notes = []
    open = []
  })
  afterEach(async () => {
    stop.abort()
    for (const segments of open) expect((await segments.next()).done).toBe(true)
    rmSync(directory, { recursive: true })
  })

  function follow(from = 0, at = path, known: FileIdentity | null = null): AsyncIterator<Segment> {
    const run = followRun(at, null, known, stop.signal, (message) => {
      notes.push(message)
    })
    expect(run).toMatchObject({ name: at, bytes: null, ordered: true })
    const segments = iteratorOf(run, from)
    open.push(segments)
    return segments
  }

  test('is awaited, and read as it grows', async () => {
    const segments = follow()
    const first = takeRows(segments, 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    writeFileSync(path, line('a', 0))
    expect(await first).toEqual({ rows: ['a 0'], mark: line('a', 0).length })
    expect(notes).toEqual([expect.stringMatching(/waiting for .*fleet\.log/)])
    for (let i = 1; i < 20; i++) {
      const next = takeRows(segments, 1)
      appendFileSync(path, line('a', i))
      expect((await next).rows).toEqual([`a ${i}`])
    }
  })

  test('also in a folder that does not exist yet', async () => {
    const late = join(directory, 'logs', 'fleet.log')
    const next = takeRows(follow(0, late), 1)
    await new Promise((resolve) => setTimeout(resolve, 60))
    mkdirSync(join(directory, 'logs'))
    writeFileSync(late, line('a', 0))
    expect((await next).rows).toEqual(['a 0'])
  })

  test('lines are handed on when they end', async () => {
    writeFileSync(path, line('a', 0))
    const segments = follow()
    expect((await takeRows(segments, 1)).rows).toEqual(['a 0'])
    const next = takeRows(segments, 1)
    appendFileSync(path, line('a', 1).slice(0, 20))
    await new Promise((resolve) => setTimeout(resolve, 100))
    appendFileSync(path, line('a', 1).slice(20))
    expect((await next).rows).toEqual(['a 1'])
  })

  test('rotation: the old one is read to its end, then the new one', async () => {
    const writer = openSync(path, 'a')
    writeSync(writer, line('a', 0))
    const segments = follow()
    expect((await takeRows(segments, 1)).rows).toEqual(['a 0'])

    renameSync(path, `${path}.1`)
    writeSync(writer, line('a', 1))
    expect((await takeRows(segments, 1)).rows).toEqual(['a 1'])
    writeSync(writer, line('a', 2))
    closeSync(writer)
    // Another format, too.
    writeFileSync(`${path}.new`, 'thing,metric,timestamp,value\na,cpu,1790000000,3\n')
    renameSync(`${path}.new`, path)
    const { rows: read, mark } = await takeRows(segments, 2)
    expect(read).toEqual(['a 2', 'a 3'])
    expect(mark).toBe(48)
    appendFileSync(path, 'a,cpu,1790000000,4\n')
    expect((await takeRows(segments, 1)).rows).toEqual(['a 4'])
    expect(notes).toEqual([])
  })

  test('truncation: it is read from its beginning, and that is noted', async () => {
    writeFileSync(path, lines(50))
    const segments = follow()
    expect((await takeRows(segments, 50)).rows).toEqual(rows(50))
    truncateSync(path, 0)
    appendFileSync(path, line('b', 1))
    expect(await takeRows(segments, 1)).toEqual({ rows: ['b 1'], mark: line('b', 1).length })
    expect(notes).toEqual([expect.stringMatching(/fleet\.log was truncated/)])
  })

  test('goes on from a mark, in the format of its beginning', async () => {
    const header = 'value,time,metric,thing\n'
    writeFileSync(path, `${header}0,1790000000,cpu,a\n`)
    const { mark } = await takeRows(follow(), 1)
    appendFileSync(path, '1,1790000000,cpu,a\n')
    const again = follow(mark)
    expect((await takeRows(again, 1)).rows).toEqual(['a 1'])
    appendFileSync(path, '2,1790000000,cpu,a\n')
    expect(await takeRows(again, 1)).toEqual({ rows: ['a 2'], mark: mark + 2 * 19 })
  })

  test.each([
    ['replaced by another inode', (text: string) => replace(text), 'another file'],
    ['written anew in place', (text: string) => writeFileSync(path, text), 'another file'],
    ['appended to', (text: string) => appendFileSync(path, text), null],
  ] as const)('while nobody read it: %s', async (_what, change, noted) => {
    writeFileSync(path, lines(3))
    const { value } = (await follow().next()) as { value: Segment }
    expect(value.file).toMatchObject({ bytes: lines(3).length })
    change(lines(60).replaceAll('"a"', '"b"'))
    const { rows: read } = await takeRows(follow(value.mark, path, value.file), 60)
    expect(read).toEqual(rows(60).map((row) => row.replace('a', 'b')))
    expect(notes).toEqual(
      noted === null ? [] : [expect.stringMatching(/fleet\.log is another file than the one/)],
    )
  })

  test('the same bytes under another inode are another file, which costs late rows at most', async () => {
    writeFileSync(path, lines(3))
    const { value } = (await follow().next()) as { value: Segment }
    replace(lines(4))
    const again = await takeRows(follow(value.mark, path, value.file), 4)
    expect(again.rows).toEqual(rows(4))
  })

  /** As with a rename over it. */
  function replace(text: string): void {
    writeFileSync(`${path}.new`, text)
    renameSync(`${path}.new`, path)
  }

  test('a mark behind its end means that it is another one', async () => {
    writeFileSync(path, lines(2))
    expect((await takeRows(follow(1_000), 2)).rows).toEqual(rows(2))
    expect(notes).toEqual([expect.stringMatching(/shorter than when it was last read/)])
  })

  test('a large one is read piece by piece, by whoever asks', async () => {
    const count = 60_000
    writeFileSync(path, lines(count))
    const segments = follow()
    const { value } = (await segments.next()) as { value: Segment }
    expect(value.bytes).toBeLessThanOrEqual(1 << 20)
    const rest = await takeRows(segments, count - Math.floor(value.bytes / line('a', 9).length))
    expect(rest.rows.at(-1)).toBe(`a ${count - 1}`)
    expect(rest.mark).toBe(lines(count).length)
  })

  test('ends when told to, whatever it waits for', async () => {
    for (const content of [null, lines(1), `${lines(1)}{"thing"`]) {
      const abort = new AbortController()
      if (content !== null) writeFileSync(path, content)
      const segments = iteratorOf(followRun(path, null, null, abort.signal, () => {}))
      if (content !== null) expect((await takeRows(segments, 1)).rows).toEqual(['a 0'])
      const next = segments.next()
      await new Promise((resolve) => setTimeout(resolve, 20))
      abort.abort()
      expect((await next).done).toBe(true)
    }
  })

  test('a folder cannot be followed', async () => {
    const segments = iteratorOf(followRun(directory, null, null, stop.signal, () => {}))
    await expect(segments.next()).rejects.toThrow(/no regular file/)
  })
})
