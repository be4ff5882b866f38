/**
 * The data of the whole-job bench: a fleet's device reports as NDJSON in the order they would arrive,
 * and the same rows as a Parquet file that DuckDB wrote. Seeded: the same options give the same bytes.
 */
import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ML_METRICS } from '../src/domain/metric.ts'
import { DAY_MS, DEFAULT_WINDOW_MS } from '../src/domain/time.ts'
import { RandomStream } from '../src/stats/random.ts'
import { ByteWriter, utf8 } from '../src/synthetic/byte-writer.ts'
import { DATA_DAYS, DATA_START, EVALUATED_DAY } from './days.ts'
import { openDuckDB, quoted } from './duckdb.ts'

const STEPS_PER_DAY: number = DAY_MS / DEFAULT_WINDOW_MS

/** Draws of one thing, step by step, and of its phase and bursts, come from streams of their own. */
const VALUES = 0
const PHASE = 1
const BURST = 2

/** The lognormal laws of the 13 metrics, by index in ML_METRICS. */
const MU = [0.2, 1, 0.7, 6, 4, 3.8, 9, 9.2, 5, 5.1, 1.5, 1.2, 2.2]
const SIGMA = [1, 0.7, 0.8, 0.4, 0.8, 0.8, 1.1, 1.1, 0.9, 0.9, 0.3, 0.3, 0.6]

/** Share of (thing, metric) with a burst on the evaluated day. */
const BURST_SHARE = 0.01
const LONGEST_BURST = 12

const WRITE_BYTES = 8 * 1024 * 1024
const LONGEST_LINE = 256

export interface BenchData {
  directory: string
  things: number
  rows: number
  ndjson: string
  parquet: string
}

/** Where the data of so many things lies, made now or by an earlier run. */
export async function benchData(things: number, seed = 1): Promise<BenchData> {
  const directory = join(tmpdir(), 'fleet-detect-bench', `things=${things},seed=${seed}`)
  const rows = things * ML_METRICS.length * DATA_DAYS * STEPS_PER_DAY
  const ndjson = join(directory, 'datapoints.ndjson')
  const parquet = join(directory, 'datapoints.parquet')
  mkdirSync(directory, { recursive: true })
  if (!isThere(ndjson)) {
    console.error(`writing ${rows} rows to ${ndjson}`)
    writeNdjson(`${ndjson}.unfinished`, things, seed)
    renameSync(`${ndjson}.unfinished`, ndjson)
  }
  if (!isThere(parquet)) {
    console.error(`converting them to ${parquet}`)
    await writeParquet(ndjson, `${parquet}.unfinished`)
    renameSync(`${parquet}.unfinished`, parquet)
  }
  return { directory, things, rows, ndjson, parquet }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Rows by (step, thing, metric); each thing reports at a moment of its own within every step. */
function writeNdjson(path: string, things: number, seed: number): void {
  const random = new RandomStream(seed)
  const fleet = Array.from({ length: things }, (_, thing) => newThing(thing, random))
  const middles = ML_METRICS.map(({ name }) => utf8(`${name}","timestamp":`))
  const file = openSync(path, 'w')
  const out = new ByteWriter(WRITE_BYTES + LONGEST_LINE)
  let pending = 0
  try {
    for (let step = 0; step < DATA_DAYS * STEPS_PER_DAY; step++) {
      for (const { thing, head, phase, bursts } of fleet) {
        const time = DATA_START + step * DEFAULT_WINDOW_MS + phase
        random.seek(VALUES, thing, step)
        for (let metric = 0; metric < middles.length; metric++) {
          out.bytes(head)
          out.bytes(middles[metric]!)
          out.number(time)
          out.bytes(VALUE)
          writeValue(out, metric, valueOf(metric, isBurst(bursts[metric]!, step), random))
          out.bytes(END)
        }
        pending += middles.length * LONGEST_LINE
        if (pending > WRITE_BYTES) {
          writeSync(file, out.take())
          pending = 0
        }
      }
    }
    writeSync(file, out.take())
  } finally {
    closeSync(file)
  }
}

const VALUE = utf8(',"value":')
const END = utf8('}\n')
const SIZE_METRIC = ML_METRICS.findIndex(({ aggregation }) => aggregation === 'size')

interface BenchThing {
  thing: number
  head: Uint8Array
  /** Milliseconds into each step at which it reports. */
  phase: number
  /** By metric; null where there is none. */
  bursts: (Burst | null)[]
}

/** Steps `[from, to)`. */
interface Burst {
  from: number
  to: number
}

function newThing(thing: number, random: RandomStream): BenchThing {
  random.seek(PHASE, thing, 0)
  const phase = random.below(DEFAULT_WINDOW_MS / 1_000) * 1_000
  const bursts = ML_METRICS.map((_, metric) => {
    random.seek(BURST, thing, metric)
    if (!random.chance(BURST_SHARE)) return null
    const from = EVALUATED_DAY * STEPS_PER_DAY + random.below(STEPS_PER_DAY - LONGEST_BURST)
    return { from, to: from + 2 + random.below(LONGEST_BURST - 1) }
  })
  const head = utf8(`{"thing":"dev-${String(thing).padStart(6, '0')}","metric":"`)
  return { thing, head, phase, bursts }
}

function isBurst(burst: Burst | null, step: number): boolean {
  return burst !== null && step >= burst.from && step < burst.to
}

function valueOf(metric: number, burst: boolean, random: RandomStream): number {
  const usual = random.logNormal(MU[metric]!, SIGMA[metric]!)
  return burst ? usual * 8 + Math.exp(MU[metric]! + 4 * SIGMA[metric]!) : usual
}

/** Whole numbers, but for the message size: an average with two decimals, as JSON writes it. */
function writeValue(out: ByteWriter, metric: number, value: number): void {
  if (metric !== SIZE_METRIC) {
    out.number(Math.floor(value))
    return
  }
  const cents = Math.round(value * 100)
  const rest = cents % 100
  out.number((cents - rest) / 100)
  if (rest === 0) return
  out.byte(POINT)
  if (rest % 10 === 0) out.number(rest / 10)
  else out.padded(rest, 2)
}

const POINT = 46

async function writeParquet(ndjson: string, parquet: string): Promise<void> {
  const { connection, close } = await openDuckDB(2)
  const columns = "{thing: 'VARCHAR', metric: 'VARCHAR', timestamp: 'BIGINT', value: 'DOUBLE'}"
  await connection.run(
    `COPY (FROM read_json(${quoted(ndjson)}, format = 'newline_delimited', columns = ${columns}))
     TO ${quoted(parquet)} (FORMAT parquet)`,
  )
  close()
}
