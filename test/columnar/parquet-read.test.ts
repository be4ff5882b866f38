import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { describeParquet } from '../../src/columnar/parquet-describe.ts'
import { duck } from './duck.ts'
import { temporaryFolder } from './folder.ts'
import { CONTEXT, decodeFile, type Row, rowsOf } from './rows.ts'

const folder = temporaryFolder()
const START = 1_700_000_000_000

/** 5,000 rows with few things, a value that repeats and one that never does. */
const TABLE = `select 'pump-' || (i % 37) as thing,
  ['aws:num-messages-sent', 'aws:message-byte-size', 'temperature'][1 + i % 3] as metric,
  ${START} + (i // 111) * 300000 as timestamp,
  case when i % 3 < 2 then (i * 7919) % 1000 else sin(i) end::double as value
  from range(5000) t(i)`

async function write(name: string, select: string, options = ''): Promise<string> {
  const path = join(folder, `${name}.parquet`)
  await duck(`copy (${select}) to '${path}' (format parquet${options && `, ${options}`})`)
  return path
}

/** What DuckDB itself finds in the file. */
async function duckRows(path: string, columns = 'thing, metric, timestamp, value'): Promise<Row[]> {
  const rows = await duck(`select ${columns} from '${path}'`)
  return rows.map(([thing, metric, time, value]) => [
    String(thing),
    String(metric),
    Number(time),
    Number(value),
  ])
}

describe('files written by DuckDB', () => {
  const codecs = ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4', 'lz4_raw']
  const layouts = codecs.flatMap((codec) =>
    ['V1', 'V2'].flatMap((version) =>
      [1, 20_000].map((dictionary) => [codec, version, dictionary] as const),
    ),
  )
  test.each(layouts)('%s, version %s, dictionaries of up to %i', async (codec, version, size) => {
    const options = `codec ${codec}, parquet_version ${version}, row_group_size 2048,
      dictionary_size_limit ${size}`
    const path = await write(`duck-${codec}-${version}-${size}`, TABLE, options)
    const expected = await duckRows(path)
    expect(expected).toHaveLength(5_000)
    const chunk = decodeFile(path)
    expect(rowsOf(chunk)).toEqual(expected)
    expect(chunk.lines).toBe(5_000)
    expect(chunk.things.count).toBe(37)
  })

  test('the time range of row groups comes from their statistics', async () => {
    const path = await write(
      'ranges',
      `select * from (${TABLE}) order by timestamp`,
      'row_group_size 2048',
    )
    const { rowGroups } = describeParquet(path)
    const whole = await duck(`select row_group_id, stats_min_value, stats_max_value
      from parquet_metadata('${path}') where path_in_schema = 'timestamp' order by 1`)
    expect(rowGroups.map(({ minTime, maxTime }) => [minTime, maxTime])).toEqual(
      whole.map(([, min, max]) => [Number(min), Number(max)]),
    )
    expect(rowGroups).toHaveLength(3)
  })

  const timestamps = [
    ['seconds as BIGINT', `(${START} // 1000 + i)`, 1_000],
    ['seconds as INTEGER', `(${START} // 1000 + i)::integer`, 1_000],
    ['milliseconds as DOUBLE', `(${START} + i)::double`, 1],
    ['seconds and fractions', `(${START} / 1000 + i / 1000)::double`, 1],
    ['TIMESTAMP_S', `make_timestamp((${START} + i * 1000) * 1000)::timestamp_s`, 1_000],
    ['TIMESTAMP_MS', `make_timestamp((${START} + i) * 1000)::timestamp_ms`, 1],
    ['TIMESTAMP', `make_timestamp((${START} + i) * 1000 + 999)`, 1],
    ['TIMESTAMP_NS', `make_timestamp_ns((${START} + i) * 1000000 + 999999)`, 1],
    ['TIMESTAMPTZ', `make_timestamptz((${START} + i) * 1000)`, 1],
    ['ISO texts', `strftime(make_timestamp((${START} + i) * 1000), '%Y-%m-%dT%H:%M:%S.%gZ')`, 1],
    ['DATE', `date '2026-11-20' + i::integer`, 86_400_000],
  ] as const
  test.each(timestamps)('timestamps: %s', async (name, expression, step) => {
    const path = await write(
      `time-${name.replaceAll(' ', '-')}`,
      `select 'a' as thing, 'temperature' as metric, ${expression} as timestamp, i::double as value
       from range(100) t(i)`,
    )
    const chunk = decodeFile(path)
    const first = name === 'DATE' ? Date.UTC(2026, 10, 20) : START
    expect(chunk.rejects.counts).toEqual({})
    expect([...chunk.time]).toEqual(Array.from({ length: 100 }, (_, i) => first + i * step))
  })

  const values = [
    'float',
    'integer',
    'smallint',
    'bigint',
    'ubigint',
    'uinteger',
    'utinyint',
    'decimal(9,2)',
    'decimal(18,3)',
    'decimal(38,10)',
    'hugeint',
  ]
  test.each(values)('values: %s', async (type) => {
    const path = await write(
      `value-${type.replaceAll(/\W/g, '-')}`,
      `select 'a' as thing, 'temperature' as metric, ${START} + i as timestamp,
       (i * 1.25)::${type} as value from range(100) t(i)`,
    )
    const expected = await duckRows(path, `thing, metric, timestamp, value::double`)
    expect(rowsOf(decodeFile(path))).toEqual(expected)
  })

  test('extremes of numbers arrive exactly', async () => {
    const path = await write(
      'extremes',
      `select 'a' as thing, 'temperature' as metric, ${START} as timestamp, unnest([
       '-0'::double, 5e-324, -1.7976931348623157e308, 9007199254740993]) as value`,
    )
    expect([...decodeFile(path).value]).toEqual([-0, 5e-324, -Number.MAX_VALUE, 2 ** 53])
    const unsigned = await write(
      'unsigned',
      `select 'a' as thing, 'temperature' as metric, ${START} as timestamp,
       unnest([18446744073709551615, 0, 9223372036854775808])::ubigint as value`,
    )
    expect([...decodeFile(unsigned).value]).toEqual([2 ** 64, 0, 2 ** 63])
  })

  test('nulls and other rows that may not enter are counted, their neighbors stay', async () => {
    const path = await write(
      'rejects',
      `select * from (values
        ('a', 'temperature', ${START}, 1.5),
        (null, 'temperature', ${START}, 1),
        ('a', null, ${START}, 1),
        ('a', 'temperature', null, 1),
        ('a', 'temperature', ${START}, null),
        ('a', 'temperature', ${START}, 'nan'::double),
        ('a', 'temperature', ${START}, 'infinity'::double),
        ('a', 'cpu', ${START}, 1),
        ('a', 'cpu', ${START}, 2),
        ('', 'temperature', ${START}, 1),
        (repeat('x', 129), 'temperature', ${START}, 1),
        ('a' || chr(7), 'temperature', ${START}, 1),
        ('a', 'temperature', -5, 1),
        ('a', 'temperature', 253402300800000, 1),
        ('a', 'aws:num-messages-sent', ${START}, -1),
        ('b', 'aws:num-messages-sent', ${START}, 0)
      ) t(thing, metric, timestamp, value)`,
    )
    for (const keepRejects of [20, 3]) {
      const chunk = decodeFile(path, null, { ...CONTEXT, keepRejects })
      expect(rowsOf(chunk)).toEqual([
        ['a', 'temperature', START, 1.5],
        ['b', 'aws:num-messages-sent', START, 0],
      ])
      expect(chunk.rejects.counts).toEqual({
        malformed: 4,
        'not-a-number': 2,
        'unknown-metric': 2,
        'bad-thing-name': 3,
        'bad-timestamp': 2,
        'negative-count': 1,
      })
      expect(chunk.rejects.rows).toHaveLength(Math.min(keepRejects, 14))
    }
    const { rows } = decodeFile(path).rejects
    expect(rows.map(({ line, reason, detail }) => [line, reason, detail.slice(0, 40)])).toEqual([
      [2, 'malformed', 'thing null'],
      [3, 'malformed', 'metric null'],
      [4, 'malformed', 'timestamp null'],
      [5, 'malformed', 'value null'],
      [6, 'not-a-number', 'value NaN'],
      [7, 'not-a-number', 'value Infinity'],
      [8, 'unknown-metric', 'metric "cpu"'],
      [9, 'unknown-metric', 'metric "cpu"'],
      [10, 'bad-thing-name', 'thing ""'],
      [11, 'bad-thing-name', `thing "${'x'.repeat(33)}`],
      [12, 'bad-thing-name', 'thing "a\\u0007"'],
      [13, 'bad-timestamp', 'timestamp -5'],
      [14, 'bad-timestamp', 'timestamp 253402300800000'],
      [15, 'negative-count', 'value -1'],
    ])
    expect(rows[13]!.text).toBe(
      `thing "a" metric "aws:num-messages-sent" timestamp ${START} value -1`,
    )
  })

  test.each(['V1', 'V2'])('scattered nulls, version %s', async (version) => {
    const path = await write(
      `nulls-${version}`,
      `select case when i % 7 != 0 then 'pump-' || (i % 5) end as thing, 'temperature' as metric,
       case when i % 11 != 0 then ${START} + i end as timestamp,
       case when hash(i) % 3 != 0 then i / 3 end::double as value from range(3000) t(i)`,
      `parquet_version ${version}, row_group_size 2048`,
    )
    const complete = await duck(`select * from '${path}'
      where thing is not null and timestamp is not null and value is not null`)
    const chunk = decodeFile(path)
    expect(rowsOf(chunk)).toEqual(complete.map(([a, b, t, v]) => [a, b, Number(t), v]))
    expect(chunk.rejects.counts).toEqual({ malformed: 3_000 - complete.length })
  })

  test('columns of other names, in any order, beside others that are nested', async () => {
    const path = await write(
      'aliases',
      `select {'a': 1, 'b': [1, 2]} as extra, 2.5::double as "Value", [1, 2, 3] as list,
       ${START} as "TIMESTAMP", 'temperature' as name, 'pump' as "thingName", 1 as other`,
    )
    expect(rowsOf(decodeFile(path))).toEqual([['pump', 'temperature', START, 2.5]])
  })

  test('the metric may come from the path, the thing from the caller', async () => {
    const sub = join(folder, 'metric=aws%3Amessage-byte-size', 'day=2023-11-14')
    mkdirSync(sub, { recursive: true })
    const path = join(sub, 'a.parquet')
    await duck(`copy (select 'pump' as thing, ${START} as timestamp, 7::double as value)
      to '${path}' (format parquet)`)
    expect(rowsOf(decodeFile(path))).toEqual([['pump', 'aws:message-byte-size', START, 7]])
    await duck(`copy (select ${START} as timestamp, 7::double as value)
      to '${path}' (format parquet)`)
    const named = { ...CONTEXT, thing: 'gateway' }
    expect(rowsOf(decodeFile(path, null, named))).toEqual([
      ['gateway', 'aws:message-byte-size', START, 7],
    ])
    expect(decodeFile(path).rejects.counts).toEqual({ 'no-thing': 1 })
  })

  test('a table that holds no datapoints is refused with its columns', async () => {
    const noValue = await write('no-value', `select 'a' as thing, 'm' as metric, 1 as timestamp`)
    expect(() => describeParquet(noValue)).toThrow(
      /no column "value", only: thing, metric, timestamp/,
    )
    const noMetric = await write('no-metric', `select 'a' as thing, 1 as timestamp, 1 as value`)
    expect(() => describeParquet(noMetric)).toThrow(/no column "metric"/)
    const text = await write(
      'text-value',
      `select 'a' as thing, 'm' as metric, 1 as timestamp, 'x' as value`,
    )
    expect(() => describeParquet(text)).toThrow(/"value" of type BYTE_ARRAY cannot be a value/)
  })

  test('no rows are no rows', async () => {
    const path = await write('empty', `${TABLE} limit 0`)
    expect(decodeFile(path).rows).toBe(0)
  })
})

describe('files written by hyparquet-writer', () => {
  const rows: Row[] = Array.from({ length: 3_000 }, (_, i) => [
    `pump-${i % 19}`,
    'temperature',
    START + i * 1_000,
    i % 5 === 0 ? -0 : i / 8,
  ])
  const encodings = [
    undefined,
    'PLAIN',
    'RLE_DICTIONARY',
    'DELTA_LENGTH_BYTE_ARRAY',
    'DELTA_BYTE_ARRAY',
  ] as const
  test.each(encodings)('names as %s', (encoding) => {
    const path = join(folder, `hyparquet-${encoding}.parquet`)
    const named = encoding === undefined ? {} : { encoding }
    const isDelta = encoding?.startsWith('DELTA')
    const buffer = parquetWriteBuffer({
      columnData: [
        { name: 'thing', data: rows.map(([thing]) => thing), type: 'STRING', ...named },
        { name: 'metric', data: rows.map(([, metric]) => metric), type: 'STRING' },
        {
          name: 'timestamp',
          data: rows.map(([, , time]) => BigInt(time)),
          type: 'INT64',
          ...(isDelta ? { encoding: 'DELTA_BINARY_PACKED' as const } : {}),
        },
        {
          name: 'value',
          data: rows.map(([, , , value]) => value),
          type: 'DOUBLE',
          ...(isDelta ? { encoding: 'BYTE_STREAM_SPLIT' as const } : {}),
        },
      ],
      rowGroupSize: 1_000,
    })
    writeFileSync(path, new Uint8Array(buffer))
    expect(rowsOf(decodeFile(path))).toEqual(rows)
  })
})
