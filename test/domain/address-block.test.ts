import { BlockList, isIPv4 } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockContains, blocksMeet, parseAddressBlock } from '../../src/domain/address-block.ts'

const v4 = fc.array(fc.nat({ max: 255 }), { minLength: 4, maxLength: 4 }).map((b) => b.join('.'))
const near = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 255 })).map(([a, b]) => `10.0.${a}.${b}`)
const group = fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 0xffff }))
const v6 = fc
  .array(group, { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((group) => group.toString(16)).join(':'))
const nearV6 = fc
  .tuple(group, group)
  .map(([a, b]) => `2001:db8::${a.toString(16)}:${b.toString(16)}`)
const address = fc.oneof(v4, near, v6, nearV6)

describe('a block of addresses', () => {
  test('holds what the operating system says it holds', () => {
    fc.assert(
      fc.property(address, fc.nat({ max: 128 }), address, (network, bits, probe) => {
        const family = isIPv4(network) ? 'ipv4' : 'ipv6'
        const prefix = family === 'ipv4' ? bits % 33 : bits
        const known = new BlockList()
        known.addSubnet(network, prefix, family)
        // Its own family only: a list of all IPv6 says nothing of IPv4.
        const same = isIPv4(probe) === isIPv4(network)
        const expected = same && known.check(probe, isIPv4(probe) ? 'ipv4' : 'ipv6')
        const block = parseAddressBlock(`${network}/${prefix}`)!
        expect(blockContains(block, parseAddressBlock(probe)!)).toBe(expected)
        expect(blocksMeet(parseAddressBlock(probe)!, block)).toBe(expected)
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.1/8', '10.9.9.9', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['::/0', '192.0.2.1', false],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['2001:db8::/32', '2001:DB8:0:0:0::1', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['64:ff9b::/96', '64:ff9b::192.0.2.33', true],
  ])('%s holds %s: %s', (outer, inner, expected) => {
    expect(blockContains(parseAddressBlock(outer)!, parseAddressBlock(inner)!)).toBe(expected)
  })

  test('holds a smaller block, and meets a larger', () => {
    const [large, small] = ['10.0.0.0/8', '10.1.0.0/16'].map((text) => parseAddressBlock(text)!)
    expect(blockContains(large!, small!)).toBe(true)
    expect(blockContains(small!, large!)).toBe(false)
    expect(blocksMeet(small!, large!)).toBe(true)
  })

  test.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/08',
    '010.0.0.1',
    '10.0.0.1 ',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '::/129',
    '12345::',
    'g::',
    'fe80::1%',
    'home',
  ])('%j is none', (text) => {
    expect(parseAddressBlock(text)).toBeNull()
  })

  test('never throws, whatever the text', () => {
    const odd = fc.stringMatching(/^[0-9a-f:./%]{0,30}$/)
    fc.assert(
      fc.property(fc.oneof(fc.string(), odd), (text) => {
        const block = parseAddressBlock(text)
        if (block !== null) expect(blockContains(block, block)).toBe(true)
      }),
    )
  })
})
