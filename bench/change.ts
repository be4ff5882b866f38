import type { ServeResult } from './serve.ts'
import { Serving, windowOf } from './serving.ts'
import { median } from './table.ts'

/** Windows that close right after a behavior more, or one less, in turn with windows that just close. */
export async function changeCost(
  model: string,
  things: number,
  rounds: number,
): Promise<ServeResult> {
  const serving = await Serving.start([
    `--model=${model}`,
    `--max-things=${things}`,
    '--checkpoint-interval=1h',
  ])
  const times: Record<'plain' | 'changed', number[]> = { plain: [], changed: [] }
  try {
    await serving.prepare()
    for (let window = 0; window <= 2 * rounds; window++) {
      await serving.post(windowOf(window, things, window % things))
      const changes = window % 2 === 1
      const began = performance.now()
      if (changes) await serving.change(window % 4 === 1)
      await serving.post(windowOf(window + 1, 1, -1))
      await serving.alarm(window)
      // The first window brings the things along.
      if (window > 0) times[changes ? 'changed' : 'plain'].push(performance.now() - began)
    }
  } finally {
    await serving.remove()
  }
  const [plain, changed] = [median(times.plain), median(times.changed)]
  return {
    what: `a change of configuration, ${model}`,
    value: `${(changed - plain).toFixed(0)} ms`,
    how: `${things} things, 13 learned behaviors: a window closes in ${plain.toFixed(0)} ms, behind a change in ${changed.toFixed(0)} ms (medians of ${rounds})`,
  }
}
