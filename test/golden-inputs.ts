import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { encode } from 'cborg'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { RULE_INPUTS } from './golden-rule-inputs.ts'

/**
 * The input files of the golden cases, by `<case>/<file>`. What is short is written out; what is long is a
 * rule that a reader can follow. `npx tsx test/golden-inputs.ts` writes them again.
 */
export const GOLDEN_INPUTS: ReadonlyMap<string, () => Uint8Array> = new Map(
  Object.entries({
    ...learnedInputs(),
    ...levelsInputs(),
    ...perThingInputs(),
    ...aloneInputs(),
    ...consecutiveInputs(),
    ...durationInputs(),
    ...messageSizeInputs(),
    ...suppressedInputs(),
    ...silenceInputs(),
    ...expiredInputs(),
    ...groupsInputs(),
    ...rejectsInputs(),
    ...zerosInputs(),
    ...exportInputs(),
    ...unsortedInputs(),
    ...fromToInputs(),
    ...RULE_INPUTS,
  }),
)

type Inputs = Record<string, () => Uint8Array>
type Row = readonly [thing: string, metric: string, timestamp: string, value: number]

/** `2026-01-DDTHH:MMZ`, counted in minutes from the first of January 2026. */
function minute(minutes: number): string {
  return `${new Date(Date.UTC(2026, 0, 1) + minutes * 60_000).toISOString().slice(0, 16)}Z`
}

/** The values from `first` to `last`, one every five minutes from `start` (in minutes) on. */
function climb(thing: string, metric: string, start: number, first: number, last: number): Row[] {
  return Array.from({ length: last - first + 1 }, (_, i) => [
    thing,
    metric,
    minute(start + 5 * i),
    first + i,
  ])
}

function ndjson(rows: readonly Row[]): Uint8Array {
  return documents(
    rows.map(([thing, metric, timestamp, value]) => ({ thing, metric, timestamp, value })),
  )
}

function csv(rows: readonly Row[], header = 'thing,metric,timestamp,value'): Uint8Array {
  return lines([header, ...rows.map((row) => row.join(','))])
}

/** One JSON document per line. */
function documents(values: readonly object[]): Uint8Array {
  return lines(values.map((value) => JSON.stringify(value)))
}

function lines(texts: readonly string[]): Uint8Array {
  return Buffer.from(texts.map((text) => `${text}\n`).join(''))
}

function learnedInputs(): Inputs {
  // 100, 101, ... 200 from 06:00 to 14:20 of the first day, in two files.
  const teacher = climb('teacher', 'temperature', 6 * 60, 100, 200)
  const probe = (thing: string, hour: string, value: number): Row => [
    thing,
    'temperature',
    `2026-01-0${hour}Z`,
    value,
  ]
  return {
    'learned-upper-and-lower/day-1-morning.ndjson': () => ndjson(teacher.slice(0, 60)),
    'learned-upper-and-lower/day-1-noon.ndjson': () => ndjson(teacher.slice(60)),
    'learned-upper-and-lower/day-2.ndjson': () => ndjson([probe('early', '2T10:00', 500)]),
    'learned-upper-and-lower/day-3.ndjson': () =>
      ndjson([
        probe('hot', '3T00:55', 500),
        probe('hot', '3T01:00', 500),
        probe('cold', '3T01:00', 50),
        probe('hot', '3T01:05', 200),
        probe('cold', '3T01:05', 101),
        probe('hot', '3T01:10', 199),
        probe('cold', '3T01:10', 102),
      ]),
  }
}

function levelsInputs(): Inputs {
  const steps: readonly [time: string, value: number][] = [
    ['01:00', 100],
    ['01:05', 100.5],
    ['01:10', 100.95],
    ['01:15', 101],
    ['01:20', 100.95],
    ['01:25', 100.5],
    ['01:30', 50],
    ['02:00', 1],
    ['02:05', 1.05],
    ['02:10', 1.5],
    ['02:15', 2],
  ]
  const walk = steps.map(([time, value]): Row => ['a', 'level', `2026-01-02T${time}Z`, value])
  return {
    'three-levels/levels.csv': () => csv([...climb('teacher', 'level', 0, 1, 101), ...walk]),
  }
}

/** Hourly: `big`, `small` and `gone` shake about a level of their own, `flat` never moves. */
function perThingInputs(): Inputs {
  const shake = (hour: number): number => ((hour * 7_919) % 13) - 6
  const odd: Record<string, number> = {
    'small 244': 40,
    'big 246': 1_060,
    'big 248': 1_300,
    'flat 250': 51,
    'new 252': 400,
    'gone 622': 60,
    ...Object.fromEntries([288, 296, 304, 312, 320].map((hour) => [`small ${hour}`, 30])),
  }
  const row = (thing: string, hour: number, value: number): Row => [
    thing,
    'load',
    minute(60 * hour),
    odd[`${thing} ${hour}`] ?? value,
  ]
  const rows = (from: number, to: number): Row[] =>
    Array.from({ length: to - from }, (_, i) => from + i).flatMap((hour) => [
      row('big', hour, 1_000 + 10 * shake(hour)),
      row('small', hour, 10 + shake(hour + 3) / 2),
      row('flat', hour, 50),
      ...(hour < 216 || hour >= 620 ? [row('gone', hour, 20 + shake(hour + 5))] : []),
      ...(hour >= 242 && hour < 264 ? [row('new', hour, 20)] : []),
    ])
  return {
    'learned-per-thing/first.csv.gz': () => gzipSync(csv(rows(0, 245))),
    'learned-per-thing/then.csv.gz': () => gzipSync(csv(rows(245, 400))),
    'learned-per-thing/last.csv': () => csv(rows(400, 650)),
  }
}

/** Half-hourly: `well` shakes about 50; from day 10 on it has company. */
function aloneInputs(): Inputs {
  const perDay = 48
  const shake = (slot: number): number => (((slot * 7_919) % 101) - 50) / 25
  const odd: Record<number, number> = { [6 * perDay + 20]: 70, [11 * perDay + 20]: 90 }
  const rows = (from: number, to: number): Row[] =>
    Array.from({ length: to - from }, (_, i) => from + i).flatMap((slot): Row[] => {
      const time = minute(30 * slot)
      const others = ['second', 'third'].map(
        (thing, i): Row => [thing, 'level', time, 50 + shake(slot + i)],
      )
      return [
        ['well', 'level', time, odd[slot] ?? 50 + shake(slot)],
        ...(slot >= 10 * perDay ? others : []),
      ]
    })
  return {
    'learned-alone/first.csv.gz': () => gzipSync(csv(rows(0, 6 * perDay + 10))),
    'learned-alone/then.csv': () => csv(rows(6 * perDay + 10, 12 * perDay)),
  }
}

function consecutiveInputs(): Inputs {
  const load = (thing: string, minutes: number, value: number): Row => [
    thing,
    'load',
    minute(minutes),
    value,
  ]
  return {
    'consecutive-with-gaps/first.ndjson': () =>
      ndjson([
        load('a', 0, 12),
        load('b', 0, 12),
        load('a', 5, 12),
        load('b', 5, 12),
        load('b', 10, 5),
        load('b', 15, 12),
      ]),
    'consecutive-with-gaps/second.ndjson': () =>
      ndjson([
        load('a', 20, 12),
        load('b', 20, 12),
        load('a', 25, 5),
        load('a', 35, 12),
        load('a', 40, 5),
        load('a', 55, 5),
      ]),
  }
}

function durationInputs(): Inputs {
  const pump = (timestamp: string, sent: number): object => ({
    thingName: 'pump',
    timestamp: `2026-01-01T${timestamp}Z`,
    payload: { hed: { rid: 1, v: '1.0' }, met: { ns: { bo: sent } } },
  })
  const valve = (seconds: number, sent: number): Uint8Array =>
    encode({
      thing: 'valve',
      payload: {
        header: { report_id: Date.UTC(2026, 0, 1) / 1_000 + seconds, version: '1.0' },
        metrics: { network_stats: { bytes_out: sent } },
      },
    })
  return {
    'sliding-sum/reports.ndjson': () =>
      documents([
        pump('00:00', 400),
        pump('00:05', 400),
        pump('00:10', 300),
        pump('00:20', 100),
        pump('01:00', 600),
        pump('01:04', 600),
        pump('01:05', 0),
        pump('01:15', 0),
      ]),
    'sliding-sum/reports.cbor': () => Buffer.concat([valve(0, 1_000), valve(300, 1)]),
  }
}

function messageSizeInputs(): Inputs {
  const publish = (time: string, payloadSize: number): object => ({
    timestamp: `2026-01-01 ${time}`,
    logLevel: 'INFO',
    status: 'Success',
    eventType: 'Publish-In',
    protocol: 'MQTT',
    topicName: 'readings',
    clientId: 'sensor',
    payloadSize,
  })
  return {
    'message-size/broker.ndjson': () =>
      documents([
        publish('00:00:01.000', 50),
        publish('00:02:00.000', 999),
        publish('00:04:59.999', 500),
        publish('00:05:00.000', 1_000),
        publish('00:09:00.000', 50),
        publish('00:10:00.000', 10),
        publish('00:11:00.000', 600),
        publish('00:15:00.000', 11),
      ]),
  }
}

function suppressedInputs(): Inputs {
  const list = [
    { thing: 'a', metric: 'load', timestamp: '2026-01-01T00:00:00Z', value: 12 },
    { thing: 'a', metric: 'load', timestamp: '2026-01-01T00:05:00Z', value: 3 },
  ]
  return {
    'suppressed/list.json': () => Buffer.from(`${JSON.stringify(list, null, 2)}\n`),
  }
}

function silenceInputs(): Inputs {
  const load = (thing: string, time: string, value: number): Row => [
    thing,
    'load',
    `2026-01-${time}Z`,
    value,
  ]
  // Keeps event time moving.
  const keeper = (day: string): Row[] =>
    ['00:00', '06:00', '12:00', '18:00'].map((time) => load('keeper', `${day}T${time}`, 5))
  return {
    'silence/day-1.csv': () =>
      csv([
        load('swept', '01T00:00', 99),
        ...['late', 'exact', 'back'].map((thing) => load(thing, '01T06:00', 99)),
        ...keeper('01'),
      ]),
    'silence/day-2.csv': () => csv(keeper('02')),
    'silence/day-3.csv': () =>
      csv([
        load('exact', '03T06:00', 5),
        load('late', '03T06:05', 99),
        load('back', '03T06:05', 5),
        ...keeper('03'),
      ]),
  }
}

function expiredInputs(): Inputs {
  return {
    'expired-model/training.csv.gz': () =>
      gzipSync(csv([...climb('teacher', 'ph', 0, 1, 101), ...climb('teacher', 'flow', 0, 1, 3)])),
    'expired-model/afterwards.csv': () =>
      csv([
        ['probe', 'ph', '2026-01-20T12:00Z', 50],
        ['probe', 'ph', '2026-02-13T12:00Z', 1_000],
        ['probe', 'ph', '2026-02-14T02:00Z', 1_000],
      ]),
  }
}

function groupsInputs(): Inputs {
  const training = climb('p1', 'pressure', 0, 1, 101).flatMap((row): Row[] => [
    row,
    ['v1', 'pressure', row[2], 4_000],
  ])
  return {
    'groups/day-1.csv': () => csv(training),
    'groups/day-2.csv': () =>
      csv([
        ['p2', 'pressure', '2026-01-02T01:00Z', 3_000],
        ['v1', 'pressure', '2026-01-02T01:00Z', 4_000],
        ['p2', 'pressure', '2026-01-02T01:05Z', 7_000],
        ['v1', 'pressure', '2026-01-02T01:05Z', 6_000],
      ]),
  }
}

function rejectsInputs(): Inputs {
  const good = (thing: string, minutes: number): string =>
    JSON.stringify({ thing, metric: 'load', timestamp: minute(minutes), value: 99 })
  const long = 'x'.repeat(129)
  const text = [
    good('good-01', 0),
    '{"thing":"bad","metric":"load","timestamp":"2026-01-01T00:00Z","value":',
    good('good-02', 0),
    '{"metric":"load","timestamp":"2026-01-01T00:00Z","value":99}',
    good('good-03', 5),
    `{"thing":"${long}","metric":"load","timestamp":"2026-01-01T00:05Z","value":99}`,
    '{"thing":"a\\tb","metric":"load","timestamp":"2026-01-01T00:05Z","value":99}',
    good('good-04', 5),
    '{"thing":"bad","metric":"laod","timestamp":"2026-01-01T00:05Z","value":99}',
    good('good-05', 10),
    '{"thing":"bad","metric":"load","timestamp":"yesterday","value":99}',
    '{"thing":"bad","metric":"load","timestamp":-1,"value":99}',
    good('good-06', 10),
    '{"thing":"bad","metric":"load","timestamp":"2026-01-01T00:10Z","value":"99"}',
    '{"thing":"bad","metric":"load","timestamp":"2026-01-01T00:10Z","value":1e999}',
    good('good-07', 10),
    '{"thing":"bad","metric":"aws:num-disconnects","timestamp":"2026-01-01T00:10Z","value":-1}',
    good('good-08', 15),
  ]
  const invalid = Buffer.from(
    '{"thing":"b\xffd","metric":"load","timestamp":0,"value":99}\n',
    'latin1',
  )
  const cut = '{"thing":"bad","metric":"load","timesta'
  // A byte more than a line may have.
  const oversized = Buffer.alloc(64 * 1024 * 1024 + 1, 'x')
  return {
    'rejects/mixed.ndjson': () =>
      Buffer.concat([lines(text), invalid, lines([good('good-09', 15)]), Buffer.from(cut)]),
    'rejects/table.csv': () =>
      Buffer.from(
        'thing;metric;timestamp;value\n' +
          'bad;load;2026-01-01T00:20Z\n' +
          '"good;10";load;2026-01-01T00:20Z;99\n' +
          'bad;load;2026-01-01T00:20Z;\n' +
          'good-11;load;2026-01-01T00:20Z;99',
      ),
    'rejects/oversized.ndjson.gz': () =>
      gzipSync(
        Buffer.concat([lines([good('good-12', 25)]), oversized, lines(['', good('good-13', 25)])]),
        { level: 9 },
      ),
  }
}

function zerosInputs(): Inputs {
  const log = (time: string, eventType: string): object => ({
    timestamp: `2026-01-01 ${time}`,
    logLevel: 'INFO',
    status: 'Success',
    eventType,
    clientId: 'sensor',
  })
  const connected = (time: string, sessionIdentifier: string): object => ({
    clientId: 'lamp',
    timestamp: Date.parse(`2026-01-01T${time}Z`),
    eventType: 'connected',
    sessionIdentifier,
    versionNumber: 0,
  })
  return {
    'explicit-zeros/broker.ndjson': () =>
      documents([
        log('00:00:00', 'Connect'),
        log('00:01:00', 'Publish-In'),
        log('00:05:00', 'Subscribe'),
        log('00:15:00', 'Publish-In'),
        {
          timestamp: '2026-01-01 00:20:00',
          logLevel: 'INFO',
          eventType: 'StartThing',
          status: 'Success',
        },
      ]),
    'explicit-zeros/lifecycle.ndjson': () =>
      documents([
        connected('00:00:10', 's1'),
        connected('00:00:10', 's1'),
        connected('00:00:10', 's1'),
        connected('00:00:20', 's2'),
        connected('00:20:01', 's3'),
        connected('00:20:02', 's4'),
        connected('00:20:03', 's5'),
      ]),
  }
}

function exportInputs(): Inputs {
  const item = (thing: string, time: string, version: number, count: number): object => ({
    name: 'aws:num-messages-sent',
    thing,
    value: { count },
    timestamp: Date.parse(`2026-01-01T${time}Z`),
    version,
  })
  const batch = (...metrics: object[]): object => ({ version: '1.0', metrics })
  return {
    'export-versions/first.ndjson': () =>
      documents([
        batch(item('lowered', '00:00', 1, 150), item('raised', '00:00', 2, 150)),
        batch(item('parts', '00:00', 1, 60), item('twice', '00:00', 1, 60)),
      ]),
    'export-versions/second.ndjson': () =>
      documents([
        batch(item('lowered', '00:00', 2, 50), item('raised', '00:00', 1, 50)),
        batch(item('parts', '00:02', 1, 60), item('twice', '00:00', 1, 60)),
        batch(item('raised', '00:05', 1, 20)),
      ]),
  }
}

function unsortedInputs(): Inputs {
  const load = (thing: string, time: string, value: number): Row => [
    thing,
    'load',
    `2026-01-${time}Z`,
    value,
  ]
  // Row groups of two rows without statistics: that the second is earlier shows only on reading it.
  const parquet = [
    load('a', '03T00:00', 99),
    load('a', '03T00:05', 99),
    load('a', '01T00:00', 99),
    load('a', '01T00:05', 5),
  ]
  const column = (name: string, at: number) => ({ name, data: parquet.map((row) => row[at]!) })
  return {
    'overlapping-and-unsorted/a.parquet': () =>
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { ...column('thing', 0), type: 'STRING' },
            { ...column('metric', 1), type: 'STRING' },
            {
              name: 'timestamp',
              data: parquet.map((row) => BigInt(Date.parse(row[2]))),
              type: 'INT64',
            },
            { ...column('value', 3), type: 'DOUBLE' },
          ],
          rowGroupSize: 2,
          statistics: false,
        }),
      ),
    'overlapping-and-unsorted/odd.csv': () =>
      csv([load('b', '01T00:05', 99), load('b', '01T00:15', 5), load('b', '03T00:05', 99)]),
    'overlapping-and-unsorted/even.csv': () =>
      csv([load('b', '01T00:10', 99), load('b', '01T00:20', 5), load('b', '01T00:00', 5)]),
  }
}

function fromToInputs(): Inputs {
  const load = (thing: string, time: string, value: number): Row => [
    thing,
    'load',
    `2026-01-${time}Z`,
    value,
  ]
  return {
    'from-and-to/load.csv.gz': () =>
      gzipSync(
        csv([
          load('a', '01T00:00', 99),
          load('d', '01T11:50', 99),
          load('e', '01T11:55', 99),
          load('a', '01T12:00', 5),
          load('b', '01T13:00', 99),
          load('b', '02T00:01', 5),
          load('b', '02T00:03', 99),
          load('c', '02T00:05', 99),
        ]),
      ),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, bytes] of GOLDEN_INPUTS) {
    const path = fileURLToPath(new URL(`golden/${name}`, import.meta.url))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes())
  }
}
