import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { IngestLog } from '../../src/service/ingest-log.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fleet-detect-log-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const bytes = (text: string): Uint8Array => Buffer.from(text)
const contents = (log: IngestLog, from = 1): [number, unknown, string][] =>
  [...log.read(from)].map(({ sequence, header, body }) => [
    sequence,
    header,
    Buffer.from(body).toString(),
  ])
const segments = (): string[] => readdirSync(directory).sort()

test('what is durable is there again, numbered on', async () => {
  const log = new IngestLog(directory)
  expect(log.append({ a: 1 }, bytes('one'))).toBe(1)
  expect(log.append({ a: 2 }, new Uint8Array(0))).toBe(2)
  await log.durable(2)
  await log.close()
  const again = new IngestLog(directory)
  expect(again.next).toBe(3)
  again.append({ a: 3 }, bytes('three'))
  await again.durable(3)
  expect(contents(again)).toEqual([
    [1, { a: 1 }, 'one'],
    [2, { a: 2 }, ''],
    [3, { a: 3 }, 'three'],
  ])
  expect(contents(again, 3)).toEqual([[3, { a: 3 }, 'three']])
  await again.close()
})

test('cut off or changed anywhere in its last record, it ends with the one before', async () => {
  const log = new IngestLog(directory)
  log.append({ n: 1 }, bytes('first'))
  await log.durable(1)
  const path = join(directory, segments()[0]!)
  const whole = statSync(path).size
  log.append({ n: 2 }, bytes('second'))
  await log.close()
  const file = readFileSync(path)
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: whole, max: file.length - 1 }),
      fc.boolean(),
      async (at, cut) => {
        const damaged = Buffer.from(cut ? file.subarray(0, at) : file)
        if (!cut) damaged[at] = damaged[at]! ^ 0x55
        writeFileSync(path, damaged)
        const torn = new IngestLog(directory)
        expect(contents(torn)).toEqual([[1, { n: 1 }, 'first']])
        expect(torn.cutBytes).toBe(damaged.length - whole)
        expect(torn.append({ n: 3 }, bytes('third'))).toBe(2)
        await torn.close()
        const again = new IngestLog(directory)
        expect(contents(again).map(([, header]) => header)).toEqual([{ n: 1 }, { n: 3 }])
        await again.close()
        truncateSync(path, whole)
      },
    ),
    { numRuns: 40 },
  )
})

test('damage before the last segment is an error that names the place', async () => {
  const log = new IngestLog(directory, 10)
  for (let n = 1; n <= 2; n++) await log.durable(log.append({ n }, bytes('some bytes')))
  await log.close()
  const first = join(directory, segments()[0]!)
  const damaged = readFileSync(first)
  damaged[20] = damaged[20]! ^ 1
  writeFileSync(first, damaged)
  const again = new IngestLog(directory)
  expect(() => contents(again)).toThrow(/0000000000000001\.log is damaged at byte 0/)
  await again.close()
})

test('segments behind a checkpoint are removed, the last one stays', async () => {
  const log = new IngestLog(directory, 10)
  for (let n = 1; n <= 4; n++) await log.durable(log.append({ n }, bytes('some bytes')))
  expect(segments().length).toBe(5)
  log.trim(3)
  expect(log.first).toBe(3)
  expect(contents(log, 3).map(([sequence]) => sequence)).toEqual([3, 4])
  log.trim(100)
  expect(segments()).toEqual(['0000000000000005.log'])
  await log.close()
  const again = new IngestLog(directory, 10)
  expect([again.first, again.next]).toEqual([5, 5])
  await again.close()
})

test('many records share a sync, and become durable in their order', async () => {
  const log = new IngestLog(directory)
  const order: number[] = []
  const all = Array.from({ length: 1_000 }, (_, n) => {
    const sequence = log.append({ n }, bytes('x'.repeat(n)))
    return log.durable(sequence).then(() => order.push(sequence))
  })
  await Promise.all(all)
  expect(order).toEqual([...order].sort((a, b) => a - b))
  expect(contents(log).length).toBe(1_000)
  await log.close()
})

test('a file that is none of its own is left alone', async () => {
  appendFileSync(join(directory, 'notes.txt'), 'hello')
  const log = new IngestLog(directory)
  expect(log.next).toBe(1)
  await log.close()
  expect(segments()).toContain('notes.txt')
})
