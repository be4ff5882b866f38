import type { InputRun } from '../detect/ports.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Feed } from './feed.ts'

/** Takes a file or a pipe into the log as it comes, from a position on. `notAfter` is asked at each arrival. */
export async function followInput(
  run: InputRun,
  from: number,
  feed: Feed,
  notAfter: () => EpochMs | null,
): Promise<void> {
  for await (const { source, mark, file } of run.segments(from)) {
    if (source.kind !== 'bytes') throw new RangeError(`${run.name} is no stream of bytes`)
    const { bytes, format } = source
    feed.add({
      kind: 'block',
      origin: run.name,
      end: mark,
      file,
      key: null,
      digest: null,
      thing: null,
      format,
      notAfter: notAfter(),
      bytes,
    })
    await feed.room()
  }
}
