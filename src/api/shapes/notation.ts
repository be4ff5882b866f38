import type { EpochMs } from '../../domain/time.ts'
import type { ENUMS } from './enums.ts'
import type { SCALARS } from './scalars.ts'
import type { STRUCTURES } from './structures.ts'

/**
 * How the tables write shapes: a name of a scalar, an enum or a structure; `string`, `bool`, `int`, `long`,
 * `double`, `ts`; `int 1..250` for a range; `[X]` and `[X] {1..5}` for lists; `{K: V}` for maps; a `*`
 * behind it for required.
 */
export type Members = Readonly<Record<string, string>>

interface Plain {
  string: string
  bool: boolean
  int: number
  long: number
  double: number
  ts: EpochMs
}

/** What a handler is given for a shape. */
export type ValueOf<N extends string> = N extends `${infer Inner}*`
  ? ValueOf<Inner>
  : N extends `[${infer Item}] {${string}}` | `[${infer Item}]`
    ? ValueOf<Item>[]
    : N extends `{${infer Key}: ${infer Value}}`
      ? MapOf<ValueOf<Key>, ValueOf<Value>>
      : N extends `${infer Number extends 'int' | 'long' | 'double'} ${string}`
        ? Plain[Number]
        : N extends keyof Plain
          ? Plain[N]
          : N extends keyof typeof ENUMS
            ? (typeof ENUMS)[N][number]
            : N extends keyof typeof SCALARS
              ? string
              : N extends keyof typeof STRUCTURES
                ? MembersOf<(typeof STRUCTURES)[N]>
                : never

type MapOf<Key, Value> = Key extends string
  ? string extends Key
    ? Record<string, Value>
    : Partial<Record<Key, Value>>
  : never

/** The value of a list of members: those with `*` are there, the others may be missing. */
export type MembersOf<M> = Flat<
  { [K in keyof M as M[K] extends `${string}*` ? K : never]: ValueOf<M[K] & string> } & {
    [K in keyof M as M[K] extends `${string}*` ? never : K]?: ValueOf<M[K] & string>
  }
>

/** What a handler answers for a list of members: any of them may be left out or null. */
export type AnswerOf<M> = { [K in keyof M]?: Loose<ValueOf<M[K] & string>> | null | undefined }

type Loose<V> = V extends readonly (infer Item)[]
  ? readonly Loose<Item>[]
  : V extends object
    ? { [K in keyof V]?: Loose<V[K]> | null | undefined }
    : V

type Flat<T> = { [K in keyof T]: T[K] }
