import { isObject } from '../../domain/problem.ts'

/** Whether two values say the same: order of members, and members that hold nothing, say nothing. */
export function sayTheSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(bare(a)) === JSON.stringify(bare(b))
}

function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(bare)
  if (!isObject(value)) return value === '' || value === null ? undefined : value
  const members = Object.keys(value)
    .sort((x, y) => (x < y ? -1 : 1))
    .map((name) => [name, bare(value[name])] as const)
    .filter(([, member]) => member !== undefined)
  return members.length === 0 ? undefined : Object.fromEntries(members)
}
