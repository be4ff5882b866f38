import * as fc from 'fast-check'
import type { ChunkBuilder, Rejects } from '../../src/columnar/chunk.ts'
import { METRICS } from './document-rows.ts'

/** Everything a builder has gathered, comparable: columns, names in their order, rejects. */
export interface Contents {
  thing: number[]
  metric: number[]
  time: number[]
  value: number[]
  names: string[]
  lines: number
  rejects: Rejects
}

export function contentsOf(builder: ChunkBuilder): Contents {
  const { thing, metric, time, value, things, lines, rejects } = builder.chunk()
  const names = Array.from({ length: things.count }, (_, code) => builder.things.name(code))
  return {
    thing: [...thing],
    metric: [...metric],
    time: [...time],
    value: [...value],
    names,
    lines,
    rejects,
  }
}

/** How many rows were refused. */
export function rejectedOf(builder: ChunkBuilder): number {
  return Object.values(builder.rejects.counts).reduce((sum, count) => sum + count, 0)
}

/** The parts of a datapoint as text: `thing` and `metric` bare, the others as JSON writes them. */
export interface Parts {
  thing: string
  metric: string
  timestamp: string
  value: string
}

/** Names that share prefixes, odd ones, and ones at the limit of 128 bytes. */
const things: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('a', 'ab', 'sensor-1', 'sensor-12', 'sensor-2', 'A'.repeat(127)),
  },
  { weight: 3, arbitrary: fc.string({ minLength: 1, maxLength: 20 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      'a"b',
      'a\\',
      'é',
      '温度',
      'a\tb',
      'a\u007f',
      'b'.repeat(128),
      'b'.repeat(129),
      'é'.repeat(65),
      '__proto__',
    ),
  },
)

const metrics: fc.Arbitrary<string> = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...METRICS) },
  { weight: 1, arbitrary: fc.constantFrom('cpu', '', 'aws:all-bytes', 'aws:all-bytes-outt', 'é') },
)

export const decimals: fc.Arbitrary<string> = fc
  .tuple(fc.boolean(), fc.bigInt(0n, 10n ** 17n), fc.nat(17))
  .map(([negative, mantissa, decimals]) => {
    const digits = mantissa.toString().padStart(decimals + 1, '0')
    const point = digits.length - decimals
    const fraction = decimals === 0 ? '' : `.${digits.slice(point)}`
    return `${negative ? '-' : ''}${digits.slice(0, point)}${fraction}`
  })

const values: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.nat(100_000).map(String) },
  { weight: 3, arbitrary: decimals },
  { weight: 1, arbitrary: fc.double().map((x) => JSON.stringify(x)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '-0',
      '0.0',
      '1e3',
      '1E400',
      '-1',
      '007',
      '1.',
      '.5',
      '"12"',
      'null',
      'true',
      '{}',
      '999999999999999',
      '9007199254740993',
    ),
  },
)

/** Around each of the bounds where `epochMs` changes its mind. */
const timestamps: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }).map(String),
  },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 1_800_000_000 }).map(String) },
  { weight: 1, arbitrary: decimals },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '0',
      '-0',
      '-1',
      '99999999999',
      '100000000000',
      '253402300799',
      '253402300799999',
      '253402300800000',
      '1700000000.123',
      '1.7e12',
      '"1700000000"',
      '"2026-11-20T08:15:00Z"',
      '"2026-11-20"',
      '"soon"',
      'null',
      '01700000000',
    ),
  },
)

export const parts: fc.Arbitrary<Parts> = fc.record({
  thing: things,
  metric: metrics,
  timestamp: timestamps,
  value: values,
})

const KEYS: (keyof Parts)[] = ['thing', 'metric', 'timestamp', 'value']

/** A datapoint as a JSON line in some layout, mostly the usual ones. */
export const jsonLines: fc.Arbitrary<string> = fc
  .record({
    parts,
    order: fc.oneof(
      { weight: 4, arbitrary: fc.constant(KEYS) },
      { weight: 1, arbitrary: fc.shuffledSubarray(KEYS, { minLength: 4 }) },
    ),
    colon: fc.constantFrom(':', ':', ': ', ' : ', ':  '),
    comma: fc.constantFrom(',', ',', ', ', ' ,'),
    end: fc.constantFrom('}', '}', '}', '}\r', ' }', '} '),
  })
  .map(({ parts, order, colon, comma, end }) => {
    const members = order.map((key) => `"${key}"${colon}${asJson(parts, key)}`)
    return `{${members.join(comma)}${end}`
  })

function asJson(parts: Parts, key: keyof Parts): string {
  return key === 'thing' || key === 'metric' ? JSON.stringify(parts[key]) : parts[key]
}

const encoder = new TextEncoder()

/** The bytes of a line with a few of them replaced, removed or inserted; never a newline. */
export function damaged(lines: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> {
  const byte = fc
    .oneof(fc.constantFrom(...encoder.encode('{}[]":,\\ .-e019\r\t')), fc.nat(255))
    .map((byte) => (byte === 10 ? 0 : byte))
  const edit = fc.record({ kind: fc.constantFrom(0, 1, 2), at: fc.nat(), byte })
  return fc.tuple(lines, fc.array(edit, { maxLength: 3 })).map(([line, edits]) => {
    const bytes = [...encoder.encode(line)]
    for (const { kind, at, byte } of edits) {
      bytes.splice(at % (bytes.length + 1), kind === 0 ? 0 : 1, ...(kind === 1 ? [] : [byte]))
    }
    return Uint8Array.from(bytes)
  })
}

/** Lines put together, each with its newline but perhaps the last. */
export function joined(lines: readonly Uint8Array[], terminated: boolean): Uint8Array {
  const bytes = lines.flatMap((line, i) =>
    terminated || i < lines.length - 1 ? [...line, 10] : [...line],
  )
  return Uint8Array.from(bytes)
}

/** Whether a line is more than white space. */
export function isFilled(line: Uint8Array): boolean {
  return line.some((byte) => byte !== 32 && byte !== 9 && byte !== 13)
}
