import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { DeliveryFailed } from '../respond/channel.ts'

/** Not of the public internet: IANA's special-purpose registries of IPv4 and IPv6 (RFC 6890 and later). */
const SPECIAL_IPV4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4'
const SPECIAL_IPV6 =
  '::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8'

/** Which addresses deliveries may go to: public ones, and what the configuration allows besides. */
export interface AddressGuard {
  /** Throws a `DeliveryFailed` that names a literal address nobody allowed; names pass and are looked up later. */
  checkHost(host: string): void
  /** For sockets: what is connected to is what was looked at, so that no second answer of DNS comes between. */
  lookup: LookupFunction
}

/** `allowed`: addresses and networks (`10.1.0.0/16`, `::1`) beside the public internet. */
export function addressGuard(allowed: readonly string[]): AddressGuard {
  const special = blockList([...SPECIAL_IPV4.split(' '), ...SPECIAL_IPV6.split(' ')])
  const permitted = blockList(allowed)
  const within = (list: BlockList, address: string): boolean =>
    list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  const refused = (address: string): boolean =>
    within(special, address) && !within(permitted, address)
  const refusal = (host: string, address: string): DeliveryFailed => {
    const what = host === address ? address : `${host} (${address})`
    return new DeliveryFailed(`${what} is a private address; allow it with allowAddresses`)
  }
  return {
    checkHost(host) {
      const address = host.replace(/^\[|\]$/g, '')
      if (isIP(address) !== 0 && refused(address)) throw refusal(address, address)
    },
    lookup(host, options, done) {
      const all: LookupAllOptions = { ...options, all: true }
      lookup(host, all, (error: Error | null, found: LookupAddress[]) => {
        if (error !== null) return done(error, '', 0)
        const bad = found.find(({ address }) => refused(address))
        const first = found[0]
        if (bad !== undefined) return done(refusal(host, bad.address), '', 0)
        if (first === undefined) return done(new Error(`${host} has no address`), '', 0)
        if (options.all === true) return done(null, found)
        return done(null, first.address, first.family)
      })
    },
  }
}

/** Whether a text is an address or a network that `addressGuard` takes. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32))
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family)
  }
  return list
}
