import type { FileIdentity } from '../detect/ports.ts'
import type { EpochMs } from '../domain/time.ts'
import type { ByteFormat } from '../tasks/segment.ts'
import type { BehaviorKey } from './backfill.ts'
import type { Configuration } from './configuration.ts'
import type { Numbered } from './ingest-log.ts'

/**
 * What the ingest log holds, in the order in which it is evaluated. All that evaluation depends on stands in
 * it, the clock included, so that reading it again comes to the same.
 */
export type LogRecord =
  /** Lines or documents that came together. */
  | {
      kind: 'block'
      /** The file or pipe they are from, and the position behind them; of a batch, in its body. */
      origin: string
      end: number
      /** The file that the position is in; null where nobody can go on from it: a pipe, a body. */
      file: FileIdentity | null
      /** The batch they are part of; null where it has no key. */
      key: string | null
      /** Of that batch's body up to `end`; null where it has no key, and in logs of before there were digests. */
      digest: string | null
      /** Whose datapoints and reports are that do not say it; null: nobody's. */
      thing: string | null
      format: ByteFormat
      /** Rows dated later are refused; null: none. */
      notAfter: EpochMs | null
      bytes: Uint8Array
    }
  /** A batch with a key is complete; the digest is that of its whole body. */
  | { kind: 'batch-end'; key: string; digest: string | null; received: EpochMs }
  /** Nothing has come for a while: event time goes on with the clock. */
  | { kind: 'watermark'; time: EpochMs }
  | { kind: 'configuration'; configuration: Configuration }
  /** What behaviors have learned from the archive is ready, in a file of the data directory. */
  | { kind: 'models'; behaviors: readonly BehaviorKey[]; file: string }

/** What logs of earlier programs lack. */
const LATER_MEMBERS = { digest: null, thing: null, file: null }
const NO_BYTES = new Uint8Array(0)

export function encodeRecord(record: LogRecord): { header: unknown; body: Uint8Array } {
  if (record.kind === 'block') {
    const { bytes, ...header } = record
    return { header, body: bytes }
  }
  if (record.kind === 'configuration') {
    const body = Buffer.from(JSON.stringify(record.configuration))
    return { header: { kind: record.kind }, body }
  }
  return { header: record, body: NO_BYTES }
}

/** Bytes of blocks come in shared memory. */
export function decodeRecord({ header, body }: Numbered): LogRecord {
  const record = header as LogRecord
  if (record.kind === 'block') {
    const bytes = new Uint8Array(new SharedArrayBuffer(body.length))
    bytes.set(body)
    return { ...LATER_MEMBERS, ...record, bytes }
  }
  if (record.kind === 'batch-end') return { ...LATER_MEMBERS, ...record }
  if (record.kind === 'configuration') {
    const configuration = JSON.parse(Buffer.from(body).toString()) as Configuration
    return { ...record, configuration }
  }
  return record
}
