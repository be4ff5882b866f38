import { writeFileSync } from 'node:fs'
import { CONFIDENCE_LEVELS } from '../../src/domain/behavior.ts'
import { MODEL_NAMES } from '../../src/stats/model-kinds.ts'
import type { ModelQuality, SetQuality } from '../../src/cli/model-quality.ts'
import type { SetReport } from './report.ts'

/** Writes what the product's models came to, for the product to tell: see `src/cli/model-quality.ts`. */
export function recordQuality(path: string, reports: readonly SetReport[]): void {
  const models = MODEL_NAMES.map((model) => [model, setsOf(model, reports)] as const)
  const quality: ModelQuality = {
    about: 'Figures of `npm run quality -- --record`; not to be edited',
    models: Object.fromEntries(models) as ModelQuality['models'],
  }
  writeFileSync(path, `${JSON.stringify(quality, null, 2)}\n`)
}

function setsOf(model: string, reports: readonly SetReport[]): Record<string, SetQuality> {
  const measured = reports.flatMap((report): [string, SetQuality][] => {
    if (report.scorer !== 'fleets') return []
    const verdict = report.verdicts[`model ${model}`]
    if (verdict === undefined || verdict.levels === null) return []
    const { levels } = verdict
    const atLevels = CONFIDENCE_LEVELS.map((level) => {
      const { falseRate, recall } = levels[level]
      return [level, { falseHours: short(falseRate), recall: short(recall) }] as const
    })
    const { series, anomalies: events } = report
    return [
      [
        report.set,
        {
          series,
          events,
          recall: short(verdict.pAuc),
          f1: short(verdict.f1),
          levels: Object.fromEntries(atLevels) as SetQuality['levels'],
        },
      ],
    ]
  })
  return Object.fromEntries(measured)
}

function short(value: number): number {
  return Number(value.toPrecision(3))
}
