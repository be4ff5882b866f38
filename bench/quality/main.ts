/** `npm run quality -- [options]`: judges models and baselines on labelled data. */
import { runQuality } from './run.ts'

process.exitCode = await runQuality(process.argv.slice(2), {
  result: (line) => console.log(line),
  progress: (line) => console.error(line),
})
