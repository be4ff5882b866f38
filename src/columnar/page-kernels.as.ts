// The inner loops of Parquet decoding in AssemblyScript: what snappy.ts, rle.ts and gather.ts do, with
// the same checks. Addresses are bytes of the imported memory; PAGE_SLACK readable and writable bytes
// follow every region. The functions return 0, or what was wrong (see FAULTS in page-kernels-wasm.ts).

const NO_SIZE: i32 = 1
const OTHER_SIZE: i32 = 2
const LITERAL_TOO_LONG: i32 = 3
const COPY_OUT_OF_BOUNDS: i32 = 4
const ENDS_EARLY: i32 = 5
const RUN_WITHOUT_LENGTH: i32 = 6
const RUN_WITHOUT_VALUE: i32 = 7
const TOO_WIDE: i32 = 8
const BEYOND_DICTIONARY: i32 = 9

/** Longer literals are worth a call. */
const MOST_INLINE: usize = 256

export function snappy(start: usize, end: usize, target: usize, size: u32): i32 {
  let p = start
  let declared: u64 = 0
  for (let shift: u64 = 0; ; shift += 7) {
    if (p >= end || shift > 28) return NO_SIZE
    const byte = <u64>load<u8>(p++)
    declared |= (byte & 127) << shift
    if (byte < 128) break
  }
  if (declared != <u64>size) return OTHER_SIZE
  let o = target
  const last = target + size
  while (p < end) {
    let tag = <u32>load<u8>(p++)
    let length: usize = tag >> 2
    if ((tag & 3) == 0) {
      if (length >= 60) {
        const extra = <u32>length - 59
        length = load<u32>(p) & (<u32>0xffffffff >> (32 - 8 * extra))
        p += extra
      }
      length++
      if (p > end || length == 0 || length > end - p || length > last - o) return LITERAL_TOO_LONG
      if (length <= MOST_INLINE) {
        v128.store(o, v128.load(p))
        for (let i: usize = 16; i < length; i += 16) v128.store(o + i, v128.load(p + i))
      } else memory.copy(o, p, length)
      p += length
      o += length
      // Behind a literal comes a copy, as a rule.
      if (p >= end) break
      tag = <u32>load<u8>(p)
      if ((tag & 3) == 0) continue
      length = tag >> 2
      p++
    }
    let distance: usize = 0
    if ((tag & 3) == 3) {
      length++
      distance = load<u32>(p)
      p += 4
    } else {
      // Which of the two short forms comes next cannot be foreseen: no branch.
      const isShort = (tag & 3) == 1
      const next = <usize>load<u16>(p)
      length = select<usize>((length & 7) + 4, length + 1, isShort)
      distance = select<usize>(((<usize>(tag >> 5)) << 8) | (next & 0xff), next, isShort)
      p += select<usize>(1, 2, isShort)
    }
    if (distance == 0 || distance > o - target || length > last - o) return COPY_OUT_OF_BOUNDS
    copyBack(o, distance, length)
    o += length
  }
  return o == last && p == end ? 0 : ENDS_EARLY
}

/** Repeats `length` bytes from `distance` before `o`; writes up to 15 bytes more. */
function copyBack(o: usize, distance: usize, length: usize): void {
  const end = o + length
  if (distance >= 16) {
    v128.store(o, v128.load(o - distance))
    for (let at = o + 16; at < end; at += 16) v128.store(at, v128.load(at - distance))
  } else if (distance >= 8) {
    for (let at = o; at < end; at += 8) store<u64>(at, load<u64>(at - distance))
  } else {
    for (let at = o; at < end; at++) store<u8>(at, load<u8>(at - distance))
  }
}

export function runs(start: usize, end: usize, width: u32, count: u32, out: usize): i32 {
  if (width > 31) return TOO_WIDE
  const mask: u64 = ((<u64>1) << width) - 1
  const runBytes: usize = (width + 7) >> 3
  let p = start
  let left = count
  let o = out
  while (left > 0) {
    if (p >= end && width > 0) return ENDS_EARLY
    let header: u32 = 0
    for (let shift: u32 = 0; ; shift += 7) {
      if (shift > 28 || (p >= end && width > 0)) return RUN_WITHOUT_LENGTH
      if (p >= end) {
        memory.fill(o, 0, (<usize>left) << 2)
        return 0
      }
      const byte = <u32>load<u8>(p++)
      header |= (byte & 127) << shift
      if (byte < 128) break
    }
    const length = header >> 1
    if ((header & 1) == 0) {
      if (length == 0) continue
      if (runBytes > end - p) return RUN_WITHOUT_VALUE
      const value = runBytes == 0 ? 0 : <i32>(<u64>load<u32>(p) & mask)
      p += runBytes
      const n = min(length, left)
      const stop = o + ((<usize>n) << 2)
      const four = i32x4.splat(value)
      for (let at = o; at < stop; at += 16) v128.store(at, four)
      o = stop
      left -= n
      continue
    }
    const n = <u32>min<u64>(<u64>length * 8, left)
    if ((<u64>n * width + 7) >> 3 > <u64>(end - p)) return ENDS_EARLY
    const stop = o + ((<usize>n) << 2)
    let bit: u64 = 0
    if (width <= 15) {
      const whole = n & ~7
      unpackEights(p, width, whole, o)
      o += (<usize>whole) << 2
      bit = <u64>whole * width
    }
    for (; o < stop; o += 4) {
      store<i32>(o, <i32>((load<u64>(p + <usize>(bit >> 3)) >> (bit & 7)) & mask))
      bit += width
    }
    left -= n
    // Only a last group can be cut short, so that this never passes the end and goes on.
    p = <usize>min<u64>(<u64>p + <u64>length * width, <u64>end)
  }
  return 0
}

/** `count` values, a multiple of 8, of up to 15 bits: four of them fit a word from any byte's fourth bit on. */
function unpackEights(packed: usize, width: u32, count: u32, out: usize): void {
  const mask: u64 = ((<u64>1) << width) - 1
  const w: u64 = width
  const half: usize = <usize>width >> 1
  const odd: u64 = (w & 1) << 2
  const end = out + ((<usize>count) << 2)
  for (let o = out, p = packed; o < end; o += 32, p += width) {
    const low = load<u64>(p)
    store<i32>(o, <i32>(low & mask))
    store<i32>(o, <i32>((low >> w) & mask), 4)
    store<i32>(o, <i32>((low >> (2 * w)) & mask), 8)
    store<i32>(o, <i32>((low >> (3 * w)) & mask), 12)
    const high = load<u64>(p + half) >> odd
    store<i32>(o, <i32>(high & mask), 16)
    store<i32>(o, <i32>((high >> w) & mask), 20)
    store<i32>(o, <i32>((high >> (2 * w)) & mask), 24)
    store<i32>(o, <i32>((high >> (3 * w)) & mask), 28)
  }
}

export function gatherCodes(
  indices: usize,
  dictionary: usize,
  entries: i32,
  count: usize,
  out: usize,
): i32 {
  const end = indices + (count << 2)
  let beyond = 0
  for (let at = indices, o = out; at < end; at += 4, o += 4) {
    const index = load<i32>(at)
    beyond |= entries - 1 - index
    store<i32>(o, load<i32>(dictionary + ((<usize>index) << 2)))
  }
  return beyond < 0 ? BEYOND_DICTIONARY : 0
}

export function gatherNumbers(
  indices: usize,
  dictionary: usize,
  entries: i32,
  count: usize,
  out: usize,
): i32 {
  const end = indices + (count << 2)
  let beyond = 0
  for (let at = indices, o = out; at < end; at += 4, o += 8) {
    const index = load<i32>(at)
    beyond |= entries - 1 - index
    store<u64>(o, load<u64>(dictionary + ((<usize>index) << 3)))
  }
  return beyond < 0 ? BEYOND_DICTIONARY : 0
}
