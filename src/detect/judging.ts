import type { Pane } from '../window/pane.ts'
import type { RuleJudge } from './explain-rule.ts'
import type { Members } from './members.ts'
import { judgeByRule } from './rules.ts'
import type { ScoredRun, Watch } from './watch.ts'

/** What all things of a stretch came to is known before the first of them is judged. */
export function beginPercentiles(
  watches: readonly Watch[],
  panes: readonly Pane[],
  seats: number,
  members: Members,
): void {
  for (const { judge, profile } of watches) {
    if (judge.kind === 'percentile') judge.rule.begin(panes, seats, members.of(profile.name))
  }
}

/** Writes the scores that a rule gives to a run of rows, and what it measured. */
export function judgeRun(judge: RuleJudge, run: ScoredRun, watched: Uint8Array | null): void {
  if (judge.kind === 'percentile') judge.rule.judge(run)
  else if (judge.kind === 'list') judge.rule.judge(run, watched)
  else judgeByRule(judge.rule, run, watched)
}
