/** The whole job by polars, where `nodejs-polars` is installed; it is no dependency of ours. */
import {
  absent,
  CONSECUTIVE,
  EVALUATED_FROM,
  eventLine,
  QUANTILES,
  runSide,
  type SideTask,
  TRAINED_UNTIL,
} from './side.ts'

/** As much of the library as the job uses: expressions and frames chain, and are not looked into. */
interface Chain {
  [method: string]: (...inputs: unknown[]) => Chain
}

interface Polars {
  scanParquet(path: string): Chain
  scanJson(path: string): Chain
  col(name: string): Chain
}

type PolarsRow = [thing: string, metric: string, timestamp: number, anomalous: boolean]

const KEYS = ['thing', 'metric'] as const

async function detect(pl: Polars, { format, path }: SideTask): Promise<string[]> {
  const rows = format === 'parquet' ? pl.scanParquet(path) : pl.scanJson(path)
  const value = pl.col('value')
  const thresholds = rows.filter!(pl.col('timestamp').lt!(TRAINED_UNTIL)).groupBy!('metric').agg!(
    ...QUANTILES.map((quantile, level) => value.quantile!(quantile, 'linear').alias!(`q${level}`)),
  )
  const judged = rows.filter!(pl.col('timestamp').gtEq!(EVALUATED_FROM)).join!(thresholds, {
    on: 'metric',
  }).withColumn!(value.gt!(pl.col('q1')).alias!('anomalous')).select!(
    ...KEYS,
    'timestamp',
    'anomalous',
  ).sort!([...KEYS, 'timestamp'])
  const table = await (judged.collect!() as unknown as Promise<{ rows(): PolarsRow[] }>)
  return transitions(table.rows())
}

/** The state machine over rows (thing, metric, timestamp, anomalous) sorted by all three. */
function transitions(rows: readonly PolarsRow[]): string[] {
  const events: string[] = []
  let key = ''
  let alarm = false
  let run = 0
  for (const [thing, metric, timestamp, anomalous] of rows) {
    if (`${thing},${metric}` !== key) {
      key = `${thing},${metric}`
      alarm = false
      run = 0
    }
    run = anomalous === alarm ? 0 : run + 1
    if (run < CONSECUTIVE) continue
    alarm = !alarm
    run = 0
    events.push(eventLine(thing, metric, timestamp, alarm ? 'ALARM' : 'CLEAR'))
  }
  return events
}

/** Named in a variable, so that nobody looks for the package before it is asked for. */
const PACKAGE: string = 'nodejs-polars'

const polars = await import(PACKAGE).then(
  (module: { default: Polars }) => module.default,
  () => null,
)
if (polars === null) absent(`${PACKAGE} is not installed`)
else await runSide((task) => detect(polars, task))
