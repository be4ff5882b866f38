import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DetectError } from '../../src/domain/errors.ts'
import type { LabelsFile } from '../../src/domain/labels.ts'
import { show } from '../../src/domain/problem.ts'
import { labelDevices, labelSeries } from './label.ts'
import { readDatapoints } from './read-datapoints.ts'
import type { LabelledSet } from './series.ts'

/** Where a set lies. */
export interface SetFiles {
  name: string
  datapoints: string
  labels: string
}

const DATAPOINTS = '.csv.gz'
const IN_A_FOLDER = { datapoints: 'datapoints.csv.gz', labels: 'labels.json' }

/**
 * The labelled sets of a folder, by name: `<set>.csv.gz` with `<set>.labels.json`, and folders
 * `<set>/` with `datapoints.csv.gz` and `labels.json`.
 */
export function findSets(directory: string, wanted: readonly string[] | null): SetFiles[] {
  if (!existsSync(directory)) throw new DetectError('usage', `no folder ${show(directory)}`)
  const found = readdirSync(directory)
    .sort()
    .flatMap((entry) => filesOf(directory, entry))
  if (found.length === 0) {
    throw new DetectError(
      'input',
      `no labelled sets in ${directory}: <set>.csv.gz with <set>.labels.json`,
    )
  }
  if (wanted === null) return found
  return wanted.map((name) => {
    const files = found.find((set) => set.name === name)
    if (files !== undefined) return files
    const known = found.map((set) => set.name).join(', ')
    throw new DetectError('usage', `no set ${show(name)} in ${directory}, only ${known}`)
  })
}

function filesOf(directory: string, entry: string): SetFiles[] {
  const isFile = entry.endsWith(DATAPOINTS)
  const name = isFile ? entry.slice(0, -DATAPOINTS.length) : entry
  const files = isFile
    ? { datapoints: join(directory, entry), labels: join(directory, `${name}.labels.json`) }
    : {
        datapoints: join(directory, entry, IN_A_FOLDER.datapoints),
        labels: join(directory, entry, IN_A_FOLDER.labels),
      }
  return Object.values(files).every((path) => existsSync(path)) ? [{ name, ...files }] : []
}

export async function loadSet({ name, datapoints, labels }: SetFiles): Promise<LabelledSet> {
  const file = readLabels(labels)
  const series = labelSeries(await readDatapoints(datapoints), file)
  return { name, dataset: file.dataset, series, devices: labelDevices(series, file) }
}

function readLabels(path: string): LabelsFile {
  let file: Partial<LabelsFile>
  try {
    file = JSON.parse(readFileSync(path, 'utf8')) as Partial<LabelsFile>
  } catch (cause) {
    throw new DetectError('input', `${path}: ${(cause as Error).message}`, { cause })
  }
  const { labels, evaluateFrom = {}, dataset = '', cadenceMs = 0, note = '', format = '' } = file
  if (!Array.isArray(labels)) throw new DetectError('input', `${path}: has no list "labels"`)
  labels.forEach((label: LabelsFile['labels'][number], i) => {
    const { thing, metric, start, end, kind } = label
    const complete =
      typeof thing === 'string' &&
      typeof metric === 'string' &&
      start <= end &&
      (kind === 'anomaly' || kind === 'ignore')
    if (!complete) throw new DetectError('input', `${path}: labels[${i}]: ${show(label)}`)
  })
  return { dataset, cadenceMs, note, evaluateFrom, format, labels }
}
