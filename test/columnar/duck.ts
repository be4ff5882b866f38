/** DuckDB as the judge: it writes files for us to read and reads the files that we write. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

let connection: Promise<DuckDBConnection> | null = null

export async function duck(sql: string): Promise<unknown[][]> {
  connection ??= DuckDBInstance.create().then((instance) => instance.connect())
  const result = await (await connection).run(sql)
  return await result.getRows()
}
