import { encode } from 'cborg'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type LiveBlock, liveBlocks } from '../../src/adapters/live-blocks.ts'
import { MAX_LINE_BYTES } from '../../src/formats/lines.ts'
import { type Format, SNIFF_BYTES } from '../../src/formats/sniff.ts'
import { datapoint, decoded, line } from './live-rows.ts'

/** The bytes in pieces that end at the cuts. */
async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let from = 0
  for (const end of ends) {
    if (end > from) yield bytes.subarray(from, end)
    from = Math.max(from, end)
  }
}

function blocksOf(stream: AsyncIterable<Uint8Array>, given: Format | null = null) {
  return liveBlocks(stream, { given, known: null, skippedLine: () => {} })
}

async function rowsOf(stream: AsyncIterable<Uint8Array>, given: Format | null = null) {
  const rows: string[] = []
  let end = 0
  for await (const block of blocksOf(stream, given)) {
    expect(block.bytes.length).toBeGreaterThan(0)
    expect(block.bytes.length).toBeLessThanOrEqual(block.end - end)
    end = block.end
    rows.push(...(await decoded({ source: { kind: 'bytes', ...block } })))
  }
  return { rows, end }
}

const text = (string: string): Uint8Array => new TextEncoder().encode(string)
const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
const three = [datapoint('a', 1), datapoint('köln {"[', 2), datapoint('c', 3)]
const threeRows = ['a 1', 'köln {"[ 2', 'c 3']
const pretty = (value: unknown): string => JSON.stringify(value, null, 2)

const INPUTS: Record<string, [bytes: Uint8Array, rows: string[]]> = {
  ndjson: [text(three.map((d) => `${JSON.stringify(d)}\n`).join('')), threeRows],
  'ndjson, its last line without an end': [
    text(three.map((d) => JSON.stringify(d)).join('\n')),
    threeRows,
  ],
  'ndjson, bad lines in between': [
    text(`hello\n${line('a', 1)}{"thing":\n${line('b', 2)}[1\n\n\u0000\n${line('c', 3)}`),
    ['!malformed', 'a 1', 'b 2', '!malformed', '!malformed', '!malformed', 'c 3'],
  ],
  csv: [
    text(
      'thing;value;timestamp;metric\na;1;1790000000;cpu\nb;x;1790000000;cpu\nc;3;1790000000;cpu\n',
    ),
    ['a 1', 'c 3', '!not-a-number'],
  ],
  'csv behind other lines': [
    text('# made by us\n\nthing,metric,timestamp,value\na,cpu,1790000000,1\n'),
    ['!malformed', 'a 1'],
  ],
  'documents without newlines': [text(three.map((d) => JSON.stringify(d)).join('')), threeRows],
  'documents over several lines': [text(three.map(pretty).join('\n')), threeRows],
  'a list': [text(JSON.stringify(three)), threeRows],
  'a list over several lines': [text(pretty(three)), threeRows],
  'a list without its end': [text(pretty(three).slice(0, -1)), threeRows],
  'documents and no documents': [
    text(`${pretty(three[0])}\n}} nothing ${pretty(three[1])} {"thing": \n${pretty(three[2])}\n`),
    ['a 1', '!malformed', 'köln {"[ 2', '!malformed', 'c 3'],
  ],
  cbor: [joined(...three.map((d) => encode(d))), threeRows],
  'cbor with no cbor in between': [
    joined(encode(three[0]), Uint8Array.of(0xff, 0xfe, 0, 1), encode(three[1]), encode(three[2])),
    ['a 1', '!malformed', 'köln {"[ 2', 'c 3'],
  ],
}

/** How often a stretch that is no CBOR is refused depends on how it arrives. */
function once(rows: readonly string[]): string[] {
  return rows.toSorted().filter((row, i, all) => row !== '!malformed' || all[i - 1] !== row)
}

describe.each(Object.entries(INPUTS))('%s', (name, [bytes, rows]) => {
  const normal = name.startsWith('cbor') ? once : (all: string[]) => all.toSorted()

  test('comes to the same, however it arrives', async () => {
    const whole = await rowsOf(inPieces(bytes, []))
    expect(whole.end).toBe(bytes.length)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 12 }), async (cuts) => {
        const found = await rowsOf(inPieces(bytes, cuts))
        expect(found.end).toBe(bytes.length)
        expect(normal(found.rows)).toEqual(normal(rows))
      }),
    )
    const byBytes = await rowsOf(inPieces(bytes, [...bytes.keys()]))
    expect(normal(byBytes.rows)).toEqual(normal(rows))
  })
})

/** A stream that is fed by hand: each piece is given when the one before has been used up. */
class Feed implements AsyncIterable<Uint8Array> {
  readonly #pieces: (Uint8Array | null)[] = []
  #waits = false
  #wake: () => void = () => {}
  #starved: () => void = () => {}

  give(piece: string | Uint8Array | null): void {
    this.#pieces.push(typeof piece === 'string' ? text(piece) : piece)
    this.#waits = false
    this.#wake()
  }

  /** Resolves when all that was given has been taken and more is waited for. */
  async starved(): Promise<void> {
    if (this.#waits) return
    await new Promise<void>((resolve) => {
      this.#starved = resolve
    })
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = this.#pieces.shift()
      if (piece === null) return
      if (piece !== undefined) yield piece
      else {
        this.#waits = true
        this.#starved()
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }
}

async function* repeated(piece: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < times; i++) yield piece
}

test('a line is refused once, however far beyond the limit it goes', async () => {
  async function* stream() {
    yield text(line('a', 1))
    yield* repeated(new Uint8Array(1 << 16), (3 * MAX_LINE_BYTES) >> 16)
    yield text(`\n${line('b', 2)}`)
  }
  const { rows, end } = await rowsOf(stream())
  expect(rows).toEqual(['a 1', 'b 2', '!oversized'])
  expect(end).toBe(3 * MAX_LINE_BYTES + 1 + line('a', 1).length + line('b', 2).length)
})

test.each([' ', '\n', ' \n'])('blanks (%j) are not held until something comes', async (blank) => {
  const piece = text(blank.repeat(1 << 15))
  let most = 0
  for await (const block of blocksOf(repeated(piece, 64))) {
    most = Math.max(most, block.bytes.length)
  }
  expect(most).toBeLessThanOrEqual(SNIFF_BYTES + piece.length)
})

test('what looks like Arrow behind a line is not read whole', async () => {
  const blocks: LiveBlock[] = []
  const arrow = inPieces(text(`hello\nARROW1 and ${line('a', 1)}${line('b', 2)}`), [40])
  for await (const block of blocksOf(arrow)) blocks.push(block)
  expect(blocks.map(({ format }) => format.name)).toEqual(['ndjson', 'ndjson'])
})

describe('promptly', () => {
  /** The rows handed on by the time the reader waits for more, arrival by arrival. */
  async function handedOn(
    pieces: readonly (string | Uint8Array)[],
    given: Format | null = null,
  ): Promise<string[][]> {
    const feed = new Feed()
    const blocks: LiveBlock[] = []
    const reading = (async () => {
      for await (const block of blocksOf(feed, given)) blocks.push(block)
    })()
    const handed: string[][] = []
    for (const piece of [...pieces, null]) {
      blocks.length = 0
      feed.give(piece)
      await (piece === null ? reading : feed.starved())
      const rows: string[] = []
      for (const block of blocks)
        rows.push(...(await decoded({ source: { kind: 'bytes', ...block } })))
      handed.push(rows)
    }
    return handed
  }

  test('each line leaves with the arrival that ends it', async () => {
    const first = line('a', 1)
    expect(
      await handedOn([first, `${line('b', 2)}${first.slice(0, 9)}`, first.slice(9), line('c', 3)]),
    ).toEqual([['a 1'], ['b 2'], ['a 1'], ['c 3'], []])
  })

  test('the first line too, though more might tell another format', async () => {
    expect(await handedOn(['nonsense\n', 'thing,metric,time,value\na,cpu,1790000000,1\n'])).toEqual(
      [['!malformed'], ['a 1'], []],
    )
  })

  test('a document without a newline leaves when it is whole', async () => {
    const document = JSON.stringify(datapoint('a', 1))
    const two = document + document
    expect(await handedOn([document, document, two, two.slice(0, 70)])).toEqual([
      ['a 1'],
      ['a 1'],
      ['a 1', 'a 1'],
      ['a 1'],
      ['!truncated'],
    ])
  })

  test('so do the elements of a list that does not end', async () => {
    const element = pretty(datapoint('a', 1))
    expect(await handedOn([`[\n${element}`, `,\n${element}`, `,\n${element},\n`, ']'])).toEqual([
      ['a 1'],
      ['a 1'],
      ['a 1'],
      [],
      [],
    ])
  })

  test('and CBOR items', async () => {
    const item = encode(datapoint('a', 1))
    const half = item.length / 2
    expect(await handedOn([item, item.subarray(0, half), item.subarray(half)])).toEqual([
      ['a 1'],
      [],
      ['a 1'],
      [],
    ])
  })

  test('garbage that looks like the start of a huge CBOR item holds nothing up for long', async () => {
    const huge = Uint8Array.of(0x9b, 0, 0, 0, 1, 0, 0, 0, 0)
    const item = encode(datapoint('a', 1))
    const items = joined(...new Array<Uint8Array>(2_000).fill(item))
    const rows = await handedOn([item, huge, ...new Array<Uint8Array>(15).fill(items)], 'cbor')
    expect(rows.flat().toSorted()).toEqual(['!truncated', ...new Array(30_001).fill('a 1')])
    expect(rows.at(-2)?.length).toBeGreaterThanOrEqual(2_000)
  })
})

test('no bytes whatever end a stream before its end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 8 }),
      fc.constantFrom<Format | null>(null, 'ndjson', 'csv', 'json', 'cbor', 'arrow-stream'),
      async (pieces, given) => {
        const bytes = joined(...pieces)
        // What starts like Parquet is refused as a whole: see the test below.
        fc.pre(!Buffer.from(bytes).includes('PAR1'))
        let at = 0
        const cuts = pieces.map((piece) => (at += piece.length))
        expect((await rowsOf(inPieces(bytes, cuts), given)).end).toBe(bytes.length)
      },
    ),
    { numRuns: 500 },
  )
})

test('lines go on being read behind bytes that are none', async () => {
  const garbage = [[0x80], [0x9b, 1, 2], [0xff, 0xfe], [0xa1, 0x61], [0x1f, 0x8b, 8], [0x50, 0x41]]
  for (const bytes of garbage) {
    const feed = joined(Uint8Array.from(bytes), text(`\n${line('a', 1)}${line('b', 2)}`))
    for (const cuts of [[], [...feed.keys()]]) {
      expect((await rowsOf(inPieces(feed, cuts))).rows.slice(-2)).toEqual(['a 1', 'b 2'])
    }
  }
})

test('Parquet is refused in words', async () => {
  await expect(rowsOf(inPieces(text('PAR1....'), []))).rejects.toThrow(
    /Parquet .* give the file to replay/,
  )
})
