/**
 * The whole job as the best SQL for DuckDB that we know. Three things make it fast: one window frame
 * instead of gaps and islands; windows only over those things and metrics that have enough anomalous
 * datapoints for an alarm at all; and text, which costs more to parse than all the rest, is parsed
 * once, the evaluated day kept aside in a list (from Parquet two scans are cheaper: statistics prune).
 * Tried and slower: a pivot from a sample, lists sorted whole, histograms for the quantiles, and a
 * temporary table of all rows.
 */
import { openDuckDB, quoted } from '../duckdb.ts'
import {
  CONSECUTIVE,
  type DataFormat,
  EVALUATED_FROM,
  eventLine,
  QUANTILES,
  runSide,
  type SideTask,
  TRAINED_UNTIL,
} from './side.ts'

const QUANTILE_LIST = `quantile_cont(value, [${QUANTILES.join(', ')}])`

/** The statements of the job; the last one returns (thing, metric, timestamp, alarm). */
function statements(format: DataFormat, path: string): string[] {
  if (format === 'parquet') {
    const rows = `read_parquet(${quoted(path)})`
    return [
      `CREATE TEMP TABLE thresholds AS
       SELECT metric, ${QUANTILE_LIST} AS q FROM ${rows} WHERE timestamp < ${TRAINED_UNTIL} GROUP BY metric`,
      transitions(`FROM ${rows} WHERE timestamp >= ${EVALUATED_FROM}`),
    ]
  }
  const columns = "{thing: 'VARCHAR', metric: 'VARCHAR', timestamp: 'BIGINT', value: 'DOUBLE'}"
  const rows = `read_json(${quoted(path)}, format = 'newline_delimited', columns = ${columns})`
  return [
    `CREATE TEMP TABLE thresholds AS
     SELECT metric,
       ${QUANTILE_LIST} FILTER (WHERE timestamp < ${TRAINED_UNTIL}) AS q,
       list({thing: thing, timestamp: timestamp, value: value})
         FILTER (WHERE timestamp >= ${EVALUATED_FROM}) AS evaluated
     FROM ${rows} GROUP BY metric`,
    transitions('SELECT metric, unnest(evaluated, recursive := true) FROM thresholds'),
  ]
}

function transitions(evaluated: string): string {
  return `
    WITH judged AS MATERIALIZED (
      SELECT thing, metric, timestamp, (value > q[2])::INTEGER AS anomalous
      FROM (${evaluated}) JOIN (SELECT metric, q FROM thresholds) USING (metric)),
    suspects AS (
      SELECT thing, metric FROM judged WHERE anomalous = 1
      GROUP BY ALL HAVING count(*) >= ${CONSECUTIVE}),
    framed AS (
      SELECT thing, metric, timestamp, sum(anomalous) OVER w AS high, count(*) OVER w AS seen
      FROM judged SEMI JOIN suspects USING (thing, metric)
      WINDOW w AS (PARTITION BY thing, metric ORDER BY timestamp
                   ROWS BETWEEN ${CONSECUTIVE - 1} PRECEDING AND CURRENT ROW)),
    decided AS (
      SELECT thing, metric, timestamp, high = ${CONSECUTIVE} AS alarm
      FROM framed WHERE seen = ${CONSECUTIVE} AND (high = ${CONSECUTIVE} OR high = 0)),
    followed AS (
      SELECT *, lag(alarm, 1, false) OVER (PARTITION BY thing, metric ORDER BY timestamp) AS before
      FROM decided)
    SELECT thing, metric, timestamp, alarm FROM followed WHERE alarm <> before`
}

async function detect({ format, path, threads }: SideTask): Promise<string[]> {
  const { connection, close } = await openDuckDB(threads)
  const [train, evaluate] = statements(format, path)
  await connection.run(train!)
  const rows = (await connection.runAndReadAll(evaluate!)).getRows()
  close()
  return rows.map(([thing, metric, timestamp, alarm]) =>
    eventLine(String(thing), String(metric), Number(timestamp), alarm === true ? 'ALARM' : 'CLEAR'),
  )
}

await runSide(detect)
