/**
 * Parquet's hybrid of runs and bit-packed groups (parquet-format, Encodings.md, "RLE"): dictionary
 * indices and definition levels.
 */

/** Readable bytes that must follow the source: a packed value is read as a whole word. */
export const RLE_SLACK = 8

/** Wider indices than any dictionary that fits a page. */
const MAX_WIDTH = 31

/**
 * Writes `count` values of `width` bits from `bytes[start, end)` to `out[at, at + count)`. The values
 * are below 2^width; the array holds RLE_SLACK more bytes. Throws a RangeError when there are fewer.
 */
export function decodeRle(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  count: number,
  out: Int32Array,
  at: number,
): void {
  if (width > MAX_WIDTH) throw new RangeError(`bit width ${width}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const mask = 2 ** width - 1
  const runBytes = (width + 7) >> 3
  const last = at + count
  let p = start
  let i = at
  while (i < last) {
    if (p >= end && width > 0) throw new RangeError('run of values ends early')
    let header = 0
    for (let shift = 0; ; shift += 7) {
      if (shift > 28 || (p >= end && width > 0)) throw new RangeError('run without a length')
      if (p >= end) {
        // Width 0: nothing but zeros, whether or not the writer bothered to say so.
        out.fill(0, i, last)
        return
      }
      const byte = bytes[p++]!
      header |= (byte & 127) << shift
      if (byte < 128) break
    }
    const length = header >>> 1
    if ((header & 1) === 0) {
      if (length === 0) continue
      if (runBytes > end - p) throw new RangeError('run without a value')
      const value = runBytes === 0 ? 0 : view.getUint32(p, true) & mask
      p += runBytes
      const stop = Math.min(i + length, last)
      out.fill(value, i, stop)
      i = stop
      continue
    }
    const wanted = Math.min(length * 8, last - i)
    // The last group may be cut off where its padding starts.
    if (Math.ceil((wanted * width) / 8) > end - p) throw new RangeError('packed values end early')
    if (width <= 25) unpack(view, p, width, mask, out, i, i + wanted)
    else unpackWide(view, p, width, mask, out, i, i + wanted)
    p += length * width
    i += wanted
  }
}

function unpack(
  view: DataView,
  p: number,
  width: number,
  mask: number,
  out: Int32Array,
  from: number,
  to: number,
): void {
  let bit = 0
  for (let i = from; i < to; i++) {
    out[i] = (view.getUint32(p + (bit >>> 3), true) >>> (bit & 7)) & mask
    bit += width
    if (bit >= 1 << 20) {
      p += bit >>> 3
      bit &= 7
    }
  }
}

/** As `unpack`, where a value can reach into a fifth byte. */
function unpackWide(
  view: DataView,
  p: number,
  width: number,
  mask: number,
  out: Int32Array,
  from: number,
  to: number,
): void {
  let bit = 0
  for (let i = from; i < to; i++) {
    const at = p + (bit >>> 3)
    const shift = bit & 7
    const low = view.getUint32(at, true) >>> shift
    const high = shift === 0 ? 0 : view.getUint8(at + 4) << (32 - shift)
    out[i] = (low | high) & mask
    bit += width
    if (bit >= 1 << 20) {
      p += bit >>> 3
      bit &= 7
    }
  }
}
