import { CONFIDENCE_LEVELS, type ConfidenceLevel, LEVEL_SCORE } from '../../src/domain/behavior.ts'
import { deviceScores } from './device-scores.ts'
import { FleetScorer } from './fleet-score.ts'
import { type NabCounts, NabScorer, type Profile, PROFILE_NAMES } from './nab-score.ts'
import { onsets } from './onset.ts'
import { type Detector, type LabelledSet, type ScoreColumn, scoreSet } from './series.ts'

/** False-alarm hours per series and day whose recalls `pAuc` is the mean of. */
export const FALSE_RATES = [0.003, 0.01, 0.03, 0.1] as const
/** False-alarm hour per thing and day. */
const DEVICE_RATE = 1

export type NabScores = Record<Profile, number>

/** Of a corpus of single series. */
export interface NabVerdict {
  /** At the best threshold of each profile. */
  swept: NabScores
  /** The same for alarms that begin only. */
  onsets: NabScores
  /** At the standard profile's best threshold for onsets. */
  counts: NabCounts
  /** Onsets at the level's bound as it is; null where levels mean nothing. */
  atMedium: NabScores | null
}

export interface LevelVerdict {
  falseRate: number
  recall: number
  /** In datapoints; NaN when nothing is met. */
  delay: number
}

export interface DeviceVerdict {
  recall: number
  f1: number
}

/** Of fleets. */
export interface FleetVerdict {
  /** Event recalls at FALSE_RATES, and their mean. */
  recalls: number[]
  pAuc: number
  f1: number
  precision: number
  recall: number
  averagePrecision: number
  /** Null where nothing is labelled at the level of the thing. */
  device: DeviceVerdict | null
  /** Null where levels mean nothing. */
  levels: Record<ConfidenceLevel, LevelVerdict> | null
}

/** Whether a set is the corpus of the Numenta Anomaly Benchmark, to be judged by its own rules. */
export function isNab({ name, dataset }: LabelledSet): boolean {
  return name === 'nab' || /^NAB\b/.test(dataset)
}

/** `onsetRows` is how far back an alarm must look to count as beginning. */
export function judgeNab(set: LabelledSet, detector: Detector, onsetRows: number): NabVerdict {
  const corpus = set.series.map(({ time, anomalies }) => ({
    rows: time.length,
    windows: anomalies,
  }))
  const scorer = new NabScorer(corpus)
  const scores = scoreSet(set.series, detector)
  const beginnings = scores.map((column) => onsets(column, onsetRows))
  const swept = scorer.best(scores)
  const best = scorer.best(beginnings)
  return {
    swept: nabScores((profile) => swept[profile].score),
    onsets: nabScores((profile) => best[profile].score),
    counts: scorer.counts(beginnings, best.standard.threshold),
    atMedium: detector.calibrated ? scorer.at(beginnings, LEVEL_SCORE.MEDIUM) : null,
  }
}

export function judgeFleets(set: LabelledSet, detector: Detector): FleetVerdict {
  const scores = scoreSet(set.series, detector)
  const scorer = new FleetScorer(set.series, scores)
  const recalls = FALSE_RATES.map((rate) => scorer.recallAt(rate))
  return {
    recalls,
    pAuc: recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length,
    ...scorer.bestF1(),
    averagePrecision: scorer.averagePrecision,
    device: judgeDevices(set, scores),
    levels: detector.calibrated ? judgeLevels(scorer) : null,
  }
}

function judgeDevices(
  { devices, series }: LabelledSet,
  scores: readonly ScoreColumn[],
): DeviceVerdict | null {
  if (devices.length === 0) return null
  const columns = devices.map((device) => deviceScores(device, series, scores))
  const scorer = new FleetScorer(devices, columns)
  return { recall: scorer.recallAt(DEVICE_RATE), f1: scorer.bestF1().f1 }
}

function judgeLevels(scorer: FleetScorer): Record<ConfidenceLevel, LevelVerdict> {
  const verdicts = CONFIDENCE_LEVELS.map((level): [ConfidenceLevel, LevelVerdict] => {
    const threshold = LEVEL_SCORE[level]
    return [
      level,
      {
        falseRate: scorer.falseRate(threshold),
        recall: scorer.recall(threshold),
        delay: scorer.medianDelay(threshold),
      },
    ]
  })
  return Object.fromEntries(verdicts) as Record<ConfidenceLevel, LevelVerdict>
}

function nabScores(of: (profile: Profile) => number): NabScores {
  return Object.fromEntries(PROFILE_NAMES.map((name) => [name, of(name)])) as NabScores
}
