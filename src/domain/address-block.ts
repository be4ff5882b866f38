/** IPv4 and IPv6 addresses and blocks of them (RFC 4632, RFC 4291). */

/** A block of addresses. An address is a block of one. */
export interface AddressBlock {
  /** IPv4 addresses written as IPv6 (`::ffff:192.0.2.1`) count as IPv4. */
  family: 4 | 6
  /** 128 bits in four words, those of IPv4 in the last. */
  words: readonly [number, number, number, number]
  /** How many leading bits of the 128 are fixed. */
  prefix: number
}

const MAPPED = 0xffff
const IPV4_BITS_BEFORE = 96

/** Reads `10.0.0.0/8`, `10.1.2.3`, `2001:db8::/32`, `fe80::1%eth0`; null when it is none of these. */
export function parseAddressBlock(text: string): AddressBlock | null {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const v4 = parseIpv4(address)
  const words = v4 === null ? parseIpv6(address) : ([0, 0, MAPPED, v4] as const)
  if (words === null) return null
  const before = v4 === null ? 0 : IPV4_BITS_BEFORE
  const bits = slash < 0 ? 128 - before : wholeNumber(text.slice(slash + 1), 128 - before)
  if (bits === null) return null
  const prefix = before + bits
  const mapped = words[0] === 0 && words[1] === 0 && words[2] === MAPPED
  return { family: mapped && prefix >= IPV4_BITS_BEFORE ? 4 : 6, words, prefix }
}

/** Whether all addresses of `inner` are in `outer`. */
export function blockContains(outer: AddressBlock, inner: AddressBlock): boolean {
  if (outer.family !== inner.family || outer.prefix > inner.prefix) return false
  let left = outer.prefix
  for (let i = 0; i < 4 && left > 0; i++, left -= 32) {
    const differing = outer.words[i]! ^ inner.words[i]!
    if (left >= 32 ? differing !== 0 : differing >>> (32 - left) !== 0) return false
  }
  return true
}

/** Whether any address is in both. */
export function blocksMeet(a: AddressBlock, b: AddressBlock): boolean {
  return blockContains(a, b) || blockContains(b, a)
}

function parseIpv4(text: string): number | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  let address = 0
  for (const part of parts) {
    const byte = wholeNumber(part, 255)
    if (byte === null) return null
    address = address * 256 + byte
  }
  return address
}

/** Decimal digits without a leading zero, which some read as octal. */
function wholeNumber(text: string, most: number): number | null {
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(text)) return null
  const number = Number(text)
  return number <= most ? number : null
}

function parseIpv6(text: string): [number, number, number, number] | null {
  const zone = text.indexOf('%')
  const address = zone < 0 ? text : text.slice(0, zone)
  const halves = address.split('::')
  if (halves.length > 2 || zone === text.length - 1) return null
  const [head, tail] = halves.map((half) => groupsOf(half))
  if (head === null || head === undefined || tail === null) return null
  const known = head.length + (tail?.length ?? 0)
  if (tail === undefined ? known !== 8 : known > 7) return null
  const groups = [...head, ...new Array<number>(8 - known).fill(0), ...(tail ?? [])]
  const word = (i: number): number => ((groups[2 * i]! << 16) | groups[2 * i + 1]!) >>> 0
  return [word(0), word(1), word(2), word(3)]
}

/** 16-bit groups; the last two may be written as an IPv4 address. */
function groupsOf(text: string): number[] | null {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (const [i, part] of parts.entries()) {
    const v4 = i === parts.length - 1 ? parseIpv4(part) : null
    if (v4 !== null) groups.push(v4 >>> 16, v4 & 0xffff)
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return null
  }
  return groups
}
