/**
 * Snappy's block format (google/snappy, format_description.txt): a varint with the decoded size, then
 * literals and copies of what was decoded before.
 */

/** Readable and writable bytes that must follow source and target: words are copied past a piece's end. */
export const SNAPPY_SLACK = 16

/** From this length on one native copy is cheaper than a loop. */
const LONG = 96

/**
 * Decodes `source[start, end)` into `target[0, size)`. Both arrays hold SNAPPY_SLACK more bytes.
 * Throws a RangeError when the block is corrupt or does not decode to exactly `size` bytes.
 */
export function decodeSnappy(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  size: number,
): void {
  const from = new DataView(source.buffer, source.byteOffset, source.byteLength)
  const to = new DataView(target.buffer, target.byteOffset, target.byteLength)
  let p = start
  let declared = 0
  for (let scale = 1; ; scale *= 128) {
    if (p >= end || scale > 2 ** 28) throw new RangeError('snappy block without a size')
    const byte = source[p++]!
    declared += (byte & 127) * scale
    if (byte < 128) break
  }
  if (declared !== size) throw new RangeError(`snappy block of ${declared} bytes, not ${size}`)
  let o = 0
  while (p < end) {
    const tag = source[p++]!
    let length = tag >>> 2
    if ((tag & 3) === 0) {
      if (length >= 60) {
        const extra = length - 59
        length = (from.getUint32(p, true) & (0xffffffff >>> (32 - 8 * extra))) >>> 0
        p += extra
      }
      length++
      if (length > end - p || length > size - o) throw new RangeError('snappy literal too long')
      if (length > LONG) {
        target.set(source.subarray(p, p + length), o)
      } else {
        for (let i = 0; i < length; i += 4) to.setInt32(o + i, from.getInt32(p + i, true), true)
      }
      p += length
      o += length
      continue
    }
    let distance: number
    if ((tag & 3) === 1) {
      length = (length & 7) + 4
      distance = ((tag >>> 5) << 8) | source[p++]!
    } else if ((tag & 3) === 2) {
      length++
      distance = from.getUint16(p, true)
      p += 2
    } else {
      length++
      distance = from.getUint32(p, true)
      p += 4
    }
    if (distance === 0 || distance > o || length > size - o) {
      throw new RangeError('snappy copy out of bounds')
    }
    copyBack(to, o, distance, length)
    o += length
  }
  if (o !== size || p !== end) throw new RangeError('snappy block ends early')
}

/** Repeats `length` bytes from `distance` before `o`; the two stretches may overlap. */
function copyBack(to: DataView, o: number, distance: number, length: number): void {
  const end = o + length
  let at = o
  if (distance < 4) {
    // A short pattern: byte by byte until it is four long or more.
    for (; at < end && at - o < 12; at++) to.setUint8(at, to.getUint8(at - distance))
    // Twelve is a multiple of 1, 2 and 3: the pattern repeats at that distance.
    distance = 12
  }
  for (; at < end; at += 4) to.setInt32(at, to.getInt32(at - distance, true), true)
}
