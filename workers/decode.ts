import { runDecode } from '../src/tasks/decode.ts'

/** Turns a stretch of input into a chunk of columns. */
export default runDecode
