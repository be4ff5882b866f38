import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SeriesLearning } from '../../src/detect/series-learning.ts'
import { SeriesMemory } from '../../src/detect/series-memory.ts'
import type { ClosedDay, SourceColumns } from '../../src/detect/learning.ts'
import { HOUR_MS } from '../../src/domain/time.ts'
import { fullModel } from '../../src/stats/full-model.ts'
import { RandomStream } from '../../src/stats/random.ts'
import { runSeriesFits } from '../../src/tasks/fit-series.ts'
import { newSeasonMemory, Seasons } from '../../src/detect/seasons.ts'
import { writtenColumns } from './written-columns.ts'

const BEHAVIORS = 2
const SEAT = 1
const DAYS = 4

function newLearning(): SeriesLearning {
  const memory = new SeriesMemory(BEHAVIORS, HOUR_MS)
  const seasons = new Seasons(newSeasonMemory(BEHAVIORS, 1, true), SEAT, HOUR_MS)
  return new SeriesLearning(memory, SEAT, true, seasons, async (task) => runSeriesFits([task])[0]!)
}

/** A day of a fleet that doubles daily: the same for the same seed. */
function learnDay({ memory, slabAt }: SeriesLearning, day: number, seed: number): void {
  const things = 200 << day
  memory.reserve(things)
  const random = new RandomStream(seed + day)
  const rows = Array.from({ length: things * 24 }, (_, i) => i)
  fullModel.advance(
    {
      slabs: memory.slabs,
      at: slabAt,
      windowMs: HOUR_MS,
      open: new SharedArrayBuffer(0),
      openAt: 0,
      learned: null,
    },
    {
      thing: Int32Array.from(rows, (i) => i % things),
      window: Int32Array.from(rows, (i) => day * 24 + Math.floor(i / things)),
      value: Float64Array.from(rows, () => Math.round(random.normal() * 100)),
      from: 0,
      to: rows.length,
      watched: null,
    },
    null,
    null,
  )
}

test('learning goes on from what was packed as if nothing had happened, also in a growing fleet', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 1, max: DAYS - 1 }),
      async (seed, cut) => {
        let learning = newLearning()
        const straight = newLearning()
        let days: ClosedDay[] = []
        const known: ClosedDay[] = []
        for (let day = 0; day < DAYS; day++) {
          learnDay(straight, day, seed)
          learnDay(learning, day, seed)
          if (day === cut) {
            const packed: SourceColumns = {}
            const saved = days.map((closed, i) => learning.packDay(closed, `day.${i}`, packed))
            const open = learning.packOpen(day, 'open', packed)
            const columns = writtenColumns(packed)
            expect(open.count).toBe(learning.openCount(day))
            learning = newLearning()
            days = saved.map((closed, i) => learning.unpackDay(closed, `day.${i}`, columns))
            learning.restoreOpen(day, open, 'open', columns)
          }
          expect(learning.openCount(day)).toBe((200 << day) * 24)
          const expected = await straight.close(day, known)
          const closing = await learning.close(day, days)
          expect(learning.openCount(day)).toBe(0)
          expect(closing.datapoints).toBe(expected.datapoints)
          expect(Buffer.compare(closing.model!, expected.model!)).toBe(0)
          days.push(closing.day)
          known.push(expected.day)
        }
        expect(learning.since(3)).toBe(0)
        expect(learning.since(1_000)).toBe(3 * 24)
      },
    ),
    { numRuns: 3 },
  )
})
