/** DuckDB as the bench's peer and as the maker of its Parquet files; a development dependency. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

export async function openDuckDB(
  threads: number,
): Promise<{ connection: DuckDBConnection; close: () => void }> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) })
  const connection = await instance.connect()
  const close = (): void => {
    connection.closeSync()
    instance.closeSync()
  }
  return { connection, close }
}

/** A path as a string of SQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
