import {
  Dictionary,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  LargeUtf8,
  RecordBatchReader,
  RecordBatchStreamWriter,
  Table,
  tableFromIPC,
  tableToIPC,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimestampSecond,
  Uint64,
  Utf8,
  type DataType,
  type Vector,
  vectorFromArray,
} from 'apache-arrow'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeArrow, decodeArrowStream } from '../../src/columnar/arrow.ts'
import { namesOf, RecordBatchMaker, recordBatchOf } from '../../src/columnar/arrow-batch.ts'
import { ArrowStreamWriter } from '../../src/columnar/arrow-write.ts'
import { ChunkBuilder, type Chunk } from '../../src/columnar/chunk.ts'
import { NameTable } from '../../src/columnar/name-table.ts'
import { CONTEXT, METRICS, type Row, rowsOf } from './rows.ts'

const START = 1_700_000_000_000

function decode(bytes: Uint8Array, context = CONTEXT): Chunk {
  const builder = new ChunkBuilder(context, 4)
  decodeArrow(bytes, builder)
  return builder.chunk()
}

const names = (type: DataType): DataType => new Dictionary(type as Utf8, new Int32())

function table(columns: Record<string, Vector>): Table {
  return new Table(columns)
}

const row = fc.tuple(
  fc.constantFrom('pump-1', 'Ventil-ß', 'x'),
  fc.constant('temperature'),
  fc.integer({ min: 100_000_000_000, max: 253_402_300_799_999 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)

describe('decoding', () => {
  const texts = [
    ['utf8', () => new Utf8()],
    ['large utf8', () => new LargeUtf8()],
    ['dictionary<utf8>', () => new Dictionary(new Utf8(), new Int32())],
    ['dictionary<large utf8, int8>', () => new Dictionary(new LargeUtf8(), new Int8())],
  ] as const
  test.each(texts)('names as %s, as stream and as file', (_, newType) => {
    // A dictionary's type carries its identity: one for each column.
    const type = (): Utf8 => newType() as unknown as Utf8
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 30 }),
        fc.constantFrom('stream' as const, 'file' as const),
        (rows, format) => {
          const columns = {
            thing: vectorFromArray(
              rows.map(([thing]) => thing),
              type(),
            ),
            metric: vectorFromArray(
              rows.map(([, metric]) => metric),
              type(),
            ),
            timestamp: vectorFromArray(
              rows.map(([, , time]) => BigInt(time)),
              new Int64(),
            ),
            value: vectorFromArray(
              rows.map(([, , , value]) => value),
              new Float64(),
            ),
          }
          const bytes = tableToIPC(table(columns), format)
          const chunk = decode(bytes)
          expect(rowsOf(chunk)).toEqual(rows)
          expect(chunk.rejects.counts).toEqual({})
        },
      ),
      { numRuns: 30 },
    )
  })

  const times = [
    ['int64 milliseconds', new Int64(), BigInt(START)],
    ['int64 seconds', new Int64(), BigInt(START / 1_000)],
    ['int32 seconds', new Int32(), START / 1_000],
    ['float64 milliseconds', new Float64(), START],
    ['timestamp[s]', new TimestampSecond(), START],
    ['timestamp[ms]', new TimestampMillisecond(), START],
    ['timestamp[us]', new TimestampMicrosecond(), START],
    ['timestamp[ns]', new TimestampNanosecond(), START],
    ['text', new Utf8(), '2023-11-14T22:13:20Z'],
    ['text in a dictionary', names(new Utf8()), '2023-11-14 22:13:20'],
  ] as const
  test.each(times)('timestamps as %s', (_, type, value) => {
    const bytes = tableToIPC(
      table({
        Device: vectorFromArray(['a', 'a'], new Utf8()),
        NAME: vectorFromArray(['temperature', 'temperature'], new Utf8()),
        timeStamp: vectorFromArray([value, value], type as Utf8),
        value: vectorFromArray([1, 2], new Float64()),
      }),
    )
    expect(rowsOf(decode(bytes))).toEqual([
      ['a', 'temperature', START, 1],
      ['a', 'temperature', START, 2],
    ])
  })

  const numbers = [
    ['float32', new Float32(), [1.5, -2]],
    ['int8', new Int8(), [1, -2]],
    ['int16', new Int16(), [300, -2]],
    ['int32', new Int32(), [70_000, -2]],
    ['int64', new Int64(), [2n ** 40n, -2n]],
    ['uint64', new Uint64(), [2n ** 63n, 2n]],
  ] as const
  test.each(numbers)('values as %s', (_, type, values) => {
    const bytes = tableToIPC(
      table({
        thing: vectorFromArray(['a', 'a'], new Utf8()),
        metric: vectorFromArray(['temperature', 'temperature'], new Utf8()),
        timestamp: vectorFromArray([START, START], new Float64()),
        value: vectorFromArray([...values], type as Float32),
      }),
    )
    expect([...decode(bytes).value]).toEqual(values.map(Number))
  })

  test('rows that may not enter are counted, their neighbors stay', () => {
    const bytes = tableToIPC(
      table({
        thing: vectorFromArray(['a', null, 'a', 'a', 'a', 'a', '', 'b'], new Utf8()),
        metric: vectorFromArray(
          [
            'temperature',
            'temperature',
            null,
            'cpu',
            'temperature',
            'temperature',
            'temperature',
            'temperature',
          ],
          names(new Utf8()) as Utf8,
        ),
        timestamp: vectorFromArray(
          [START, START, START, START, null, START, START, START],
          new Float64(),
        ),
        value: vectorFromArray([1, 1, 1, 1, 1, null, 1, 2], new Float64()),
      }),
    )
    const chunk = decode(bytes)
    expect(rowsOf(chunk)).toEqual([
      ['a', 'temperature', START, 1],
      ['b', 'temperature', START, 2],
    ])
    expect(chunk.rejects.counts).toEqual({ malformed: 4, 'unknown-metric': 1, 'bad-thing-name': 1 })
    expect(chunk.rejects.rows.map(({ line, detail }) => [line, detail])).toEqual([
      [2, 'thing null'],
      [3, 'metric null'],
      [4, 'metric "cpu"'],
      [5, 'timestamp null'],
      [6, 'value null'],
      [7, 'thing ""'],
    ])
  })

  test('what is no Arrow, or no datapoints, is one refused line', () => {
    const other = tableToIPC(table({ x: vectorFromArray([1], new Float64()) }))
    for (const bytes of [
      new Uint8Array(0),
      new TextEncoder().encode('{"thing":"a"}\n'.repeat(9)),
      other,
    ]) {
      const chunk = decode(bytes)
      expect([chunk.rows, chunk.lines, chunk.rejects.counts]).toEqual([0, 1, { malformed: 1 }])
    }
    expect(decode(other).rejects.rows[0]!.detail).toMatch(/no column "thing", only: x/)
  })

  test('the things of a table without names are what the user says', () => {
    const bytes = tableToIPC(
      table({
        metric: vectorFromArray(['temperature'], new Utf8()),
        timestamp: vectorFromArray([START], new Float64()),
        value: vectorFromArray([1], new Float64()),
      }),
    )
    expect(rowsOf(decode(bytes, { ...CONTEXT, thing: 'gateway' }))).toEqual([
      ['gateway', 'temperature', START, 1],
    ])
  })

  test('damaged bytes end in rows and refusals, never in an exception', () => {
    const rows = Array.from(
      { length: 50 },
      (_, i): Row => [`p${i % 7}`, 'temperature', START + i, i],
    )
    const whole = streamOf([rows])
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 4 }),
        fc.oneof(fc.constant(whole.length), fc.nat(whole.length)),
        (changes, length) => {
          const damaged = whole.slice(0, length)
          for (const [where, flip] of changes) {
            if (length > 0) damaged[where % length]! ^= flip
          }
          const chunk = decode(damaged)
          const refused = Object.values(chunk.rejects.counts).reduce((sum, n) => sum + n, 0)
          expect(chunk.rows + refused).toBe(chunk.lines)
        },
      ),
      { numRuns: 400 },
    )
  })
})

/** Datapoints as columns in shared memory, with a table of names that grows from call to call. */
function columnsOf(rows: Row[], things: NameTable) {
  const shared = new SharedArrayBuffer(rows.length * 24)
  const n = rows.length
  const columns = {
    rows: n,
    time: new Float64Array(shared, 0, n),
    value: new Float64Array(shared, n * 8, n),
    thing: new Int32Array(shared, n * 16, n),
    metric: new Int32Array(shared, n * 20, n),
    things,
    metrics: namesOf(METRICS),
  }
  rows.forEach(([thing, metric, time, value], i) => {
    columns.thing[i] = things.codeOfString(thing)
    columns.metric[i] = METRICS.indexOf(metric)
    columns.time[i] = time
    columns.value[i] = value
  })
  return columns
}

function streamOf(batches: Row[][]): Uint8Array {
  const maker = new RecordBatchMaker()
  const writer = new ArrowStreamWriter()
  const things = new NameTable()
  const pieces = batches.map((rows) => writer.write(maker.datapoints(columnsOf(rows, things))))
  return Buffer.concat([...pieces, writer.end()])
}

describe('encoding', () => {
  const batches = fc.array(fc.array(row, { minLength: 1, maxLength: 20 }), {
    minLength: 1,
    maxLength: 5,
  })

  test('a stream brings back its batches, also where names are added on the way', () => {
    fc.assert(
      fc.property(batches, fc.nat(40), (all, from) => {
        const named = all.map((rows, b) =>
          rows.map(([thing, ...rest]): Row => [`${thing}-${from + b}`, ...rest]),
        )
        const bytes = streamOf(named)
        expect(rowsOf(decode(bytes))).toEqual(named.flat())
        const rows = tableFromIPC(bytes).toArray()
        expect(rows.map((r) => [r.thing, r.metric, r.timestamp, r.value])).toEqual(named.flat())
      }),
      { numRuns: 40 },
    )
  })

  test('a stream can be decoded batch by batch, from pieces of any size', async () => {
    const all = [0, 1, 2].map((b) =>
      Array.from({ length: 10 }, (_, i): Row => [`p${b}${i % 3}`, 'temperature', START + i, b]),
    )
    const bytes = streamOf(all)
    async function* pieces() {
      for (let i = 0; i < bytes.length; i += 97) yield bytes.slice(i, i + 97)
    }
    const found: Row[][] = []
    for await (const builder of decodeArrowStream(pieces(), () => new ChunkBuilder(CONTEXT))) {
      found.push(rowsOf(builder.chunk()))
    }
    expect(found).toEqual(all)
    async function* noise() {
      yield new TextEncoder().encode('no arrow at all')
    }
    for await (const builder of decodeArrowStream(noise(), () => new ChunkBuilder(CONTEXT))) {
      expect(builder.chunk().rejects.counts).toEqual({ malformed: 1 })
    }
  })

  test('a batch is a view of the columns, not a copy', () => {
    const columns = columnsOf([['a', 'temperature', START, 1]], new NameTable())
    const batch = recordBatchOf(columns)
    columns.value[0] = 42
    expect(batch.getChild('value')!.get(0)).toBe(42)
    expect(batch.getChild('value')!.data[0]!.values.buffer).toBe(columns.value.buffer)
  })

  test('scored batches carry behavior, scores and level', () => {
    const columns = {
      ...columnsOf(
        [
          ['a', 'temperature', START, 1],
          ['b', 'temperature', START, 9],
        ],
        new NameTable(),
      ),
      time: BigInt64Array.of(BigInt(START), BigInt(START)),
      behavior: Int32Array.of(0, 1),
      behaviors: namesOf(['hot', 'cold']),
      score: Float32Array.of(0.5, 4.5),
      score0: Float32Array.of(1, 5),
      level: Uint8Array.of(0, 3),
    }
    const writer = new ArrowStreamWriter()
    const batch = new RecordBatchMaker().scored(columns)
    const back = tableFromIPC(Buffer.concat([writer.write(batch), writer.end()]))
    expect(back.toArray().map((r) => r.toJSON())).toEqual([
      {
        thing: 'a',
        metric: 'temperature',
        timestamp: START,
        value: 1,
        behavior: 'hot',
        score: 0.5,
        score0: 1,
        level: 'NONE',
      },
      {
        thing: 'b',
        metric: 'temperature',
        timestamp: START,
        value: 9,
        behavior: 'cold',
        score: 4.5,
        score0: 5,
        level: 'HIGH',
      },
    ])
    expect(String(back.schema.fields[2]!.type)).toMatch(/Timestamp<MILLISECOND/)
  })

  test('names are sent once', () => {
    const rows: Row[] = [['a-rather-long-name-of-a-thing', 'temperature', START, 1]]
    const bytes = Buffer.from(streamOf([rows, rows, rows]))
    expect(bytes.toString('latin1').split('a-rather-long-name-of-a-thing')).toHaveLength(2)
  })

  test('what other writers of the library make of our batches is the same', () => {
    const batch = recordBatchOf(columnsOf([['a', 'temperature', START, 1]], new NameTable()))
    const bytes = RecordBatchStreamWriter.writeAll([batch]).toUint8Array(true)
    expect(rowsOf(decode(bytes))).toEqual([['a', 'temperature', START, 1]])
    expect(
      RecordBatchReader.from(bytes)
        .open()
        .schema.fields.map(({ name }) => name),
    ).toEqual(['thing', 'metric', 'timestamp', 'value'])
  })
})
