import type { Criteria } from '../domain/behavior.ts'
import { ListSet, type SetOperator } from '../domain/list-set.ts'
import type { ListItem, ListItems } from '../domain/list-value.ts'
import type { PaneLists } from '../window/pane-lists.ts'
import { RULE_BROKEN } from './rules.ts'
import type { ScoredRun } from './watch.ts'

/** What every item of a list must be among, or none may be. */
export class ListRule {
  readonly operator: SetOperator
  readonly #set: ListSet

  constructor({ operator, valueKind, items }: Criteria & { kind: 'list' }) {
    this.operator = operator
    this.#set = new ListSet(valueKind, items)
  }

  violating(items: ListItems): ListItem[] {
    return this.#set.violating(this.operator, items)
  }

  /** Scores a run of rows; NaN for things it does not watch. Each list of a window is looked at once. */
  judge({ batch, lists, from, to, s, s0, measured }: ScoredRun, watched: Uint8Array | null): void {
    let window: PaneLists | null = null
    let scores = new Float32Array(0)
    for (let row = from; row < to; row++) {
      const own = lists!.windowOf(row)
      if (own !== window) scores = new Float32Array(own.count).fill(-1)
      window = own
      measured[row] = batch.value[row]!
      const isWatched = watched === null || watched[batch.thing[row]!] === 1
      const score = isWatched ? this.#score(own, lists!.code(row), scores) : Number.NaN
      s[row] = score
      s0[row] = score
    }
  }

  /** `scores` holds what is known by code; negative where nothing is. */
  #score(lists: PaneLists, code: number, scores: Float32Array): number {
    if (scores[code]! < 0) {
      scores[code] = this.violating(lists.items(code)).length > 0 ? RULE_BROKEN : 0
    }
    return scores[code]!
  }
}
