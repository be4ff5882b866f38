import type { ResourceKind } from '../../domain/arn.ts'
import { isObject, type JsonObject } from '../../domain/problem.ts'
import type { OperationName } from '../operations.ts'

/** One kind of thing that files can hold: as the AWS command line prints it, or as it is made by. */
export interface Kind {
  /** For messages, and for the folder of an export. */
  noun: string
  folder: string
  /** What it is called in ARNs and tags. */
  resource: ResourceKind
  table: string
  /** The member that names it. */
  label: string
  create: OperationName
  describe: OperationName
  /** Null where nothing of it can change. */
  update: OperationName | null
  /** Members of a file that are read, or known to say nothing that is needed. */
  known: readonly string[]
  /** What stands in the file, as members of the request that makes it. */
  wanted(source: JsonObject): JsonObject
  /** The members of the request that brings a stored one to what is wanted. */
  change(wanted: JsonObject): JsonObject
  /** Of `wanted`: what can be given once only. */
  fixed: readonly string[]
  /** What a new one keeps of its former life: columns, and where they stand in the file. */
  kept: Readonly<Record<string, Kept>>
}

export interface Kept {
  /** Names of members, from the outside in. */
  path: readonly string[]
  is: 'version' | 'id' | 'time'
}

export const version: Kept = { path: ['version'], is: 'version' }
export const created: Kept = { path: ['creationDate'], is: 'time' }
export const modified: Kept = { path: ['lastModifiedDate'], is: 'time' }
export const id = (member: string): Kept => ({ path: [member], is: 'id' })

/** Some members of an object, as far as it has them. */
export function pick(source: JsonObject, ...members: string[]): JsonObject {
  return Object.fromEntries(
    members.filter((name) => source[name] !== undefined).map((name) => [name, source[name]]),
  )
}

/** A payload that replaces all attributes by these. */
export function replacing(payload: unknown): JsonObject {
  const attributes = isObject(payload) ? payload.attributes : undefined
  return { attributes: attributes ?? {}, merge: false }
}
