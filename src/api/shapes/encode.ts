import type { Member, Shape } from './shape.ts'

/**
 * An answer as it travels: members in the order of the table, nulls and what the table does not know left
 * out, times as epoch seconds with at most three decimals.
 */
export function encodeMembers(
  members: readonly Member[],
  answer: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const encoded: Record<string, unknown> = {}
  for (const { name, shape } of members) {
    const value = answer[name]
    if (value !== undefined && value !== null) encoded[name] = encode(shape, value)
  }
  return encoded
}

function encode(shape: Shape, value: unknown): unknown {
  if (shape.kind === 'time') return (value as number) / 1_000
  if (shape.kind === 'list') return (value as unknown[]).map((item) => encode(shape.item, item))
  if (shape.kind === 'structure') {
    return encodeMembers(shape.members, value as Record<string, unknown>)
  }
  return value
}
