/** All stages, one after the other. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WorkerPool } from '../../src/detect/pool.ts'
import { openDuckDB } from '../duckdb.ts'
import { archiveStages } from './archive.ts'
import { compactStages } from './compact.ts'
import { fullStages } from './full.ts'
import { ingestStages } from './ingest.ts'
import { routeStages } from './route.ts'
import { stageRows } from './rows.ts'
import { singleSeriesStages } from './single-series.ts'
import { measure, type StageResult } from './stage.ts'

export async function benchStages(quick: boolean): Promise<StageResult[]> {
  const directory = mkdtempSync(join(tmpdir(), 'fleet-detect-bench-'))
  const { connection, close } = await openDuckDB(1)
  const pool = new WorkerPool(1)
  try {
    const rows = await stageRows(quick)
    const stages = [
      ...(await ingestStages(rows, directory, connection)),
      ...(await routeStages(rows, pool)),
      ...(await archiveStages(rows, directory, connection)),
      ...singleSeriesStages(quick),
      ...fullStages(quick),
      ...compactStages(quick),
    ]
    const results: StageResult[] = []
    for (const stage of stages) {
      console.error(stage.name)
      results.push(...(await measure(stage, quick)))
    }
    return results
  } finally {
    await pool.close()
    close()
    rmSync(directory, { recursive: true })
  }
}
