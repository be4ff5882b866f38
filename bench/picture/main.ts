/** `npm run picture -- [options]`: one metric of one thing as SVG, with its alarms and labels. */
import { runPicture } from './run.ts'

process.exitCode = await runPicture(process.argv.slice(2), {
  result: (text) => process.stdout.write(text),
  problem: (line) => console.error(line),
})
