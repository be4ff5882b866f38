/**
 * How numbers are written: as OpenMetrics, or in the older text format of Prometheus, in which counters are
 * called by their whole name and units are not told.
 * https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export type Exposition = 'openmetrics' | 'text'

export const EXPOSITION_TYPES: Readonly<Record<Exposition, string>> = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  text: 'text/plain; version=0.0.4; charset=utf-8',
}

/** Counters and gauges of the running program. */
export class Telemetry {
  readonly #families = new Map<string, Family>()

  /** A number that only grows; its name stands without `_total`. Asked for again, it is the same one. */
  counter<L extends string>(name: string, help: string, labels: readonly L[]): Counter<L> {
    const family = this.#family(name, 'counter', help, labels)
    return {
      add: (values, by = 1) => {
        if (by < 0) throw new RangeError(`${name} cannot fall by ${-by}`)
        family.add(values, by)
      },
    }
  }

  /** Numbers that are counted elsewhere, read when somebody looks. */
  reading<L extends string>(
    type: 'counter' | 'gauge',
    name: string,
    help: string,
    labels: readonly L[],
    read: () => Iterable<readonly [Labels<L>, number]>,
  ): void {
    const family = this.#family(name, type, help, labels)
    family.before = () => {
      family.clear()
      for (const [values, value] of read()) family.set(values, value)
    }
  }

  /** All of it; families and series in the order in which they came. */
  render(exposition: Exposition): string {
    const families = [...this.#families.values()].map((family) => family.render(exposition))
    return families.join('') + (exposition === 'openmetrics' ? '# EOF\n' : '')
  }

  #family(name: string, type: string, help: string, labels: readonly string[]): Family {
    const known = this.#families.get(name)
    if (known !== undefined) return known
    if (!NAME.test(name) || labels.some((label) => !LABEL.test(label))) {
      throw new TypeError(`not a name of OpenMetrics: ${name} ${labels.join(' ')}`)
    }
    // A fleet has a million things, a time series database does not want as many series.
    if (labels.some((label) => label.startsWith('thing'))) throw new TypeError(`${name} by thing`)
    const family = new Family(name, type, help, labels)
    this.#families.set(name, family)
    return family
  }
}

export type Labels<L extends string> = Readonly<Record<L, string>>

export interface Counter<L extends string> {
  /** By 1 unless said otherwise. */
  add(labels: Labels<L>, by?: number): void
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*(?<!_total|_created)$/
const LABEL = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/

class Family {
  /** Called before it is written. */
  before: () => void = () => {}
  readonly #name: string
  readonly #type: string
  readonly #help: string
  readonly #labels: readonly string[]
  /** By the labels as they are written. */
  readonly #series = new Map<string, number>()

  constructor(name: string, type: string, help: string, labels: readonly string[]) {
    this.#name = name
    this.#type = type
    this.#help = help
    this.#labels = labels
    if (labels.length === 0) this.#series.set('', 0)
  }

  set(labels: Labels<string>, value: number): void {
    this.#series.set(this.#written(labels), value)
  }

  add(labels: Labels<string>, by: number): void {
    const key = this.#written(labels)
    this.#series.set(key, (this.#series.get(key) ?? 0) + by)
  }

  clear(): void {
    this.#series.clear()
  }

  render(exposition: Exposition): string {
    this.before()
    const sampled = this.#type === 'counter' ? `${this.#name}_total` : this.#name
    const samples = [...this.#series].map(
      ([labels, value]) => `${sampled}${labels} ${numberText(value)}`,
    )
    const head = exposition === 'openmetrics' ? this.#openMetricsHead() : this.#textHead(sampled)
    return [...head, ...samples].map((line) => `${line}\n`).join('')
  }

  #openMetricsHead(): string[] {
    const unit = /_(seconds|bytes|ratio)$/.exec(this.#name)?.[1]
    return [
      `# TYPE ${this.#name} ${this.#type}`,
      ...(unit === undefined ? [] : [`# UNIT ${this.#name} ${unit}`]),
      `# HELP ${this.#name} ${escaped(this.#help)}`,
    ]
  }

  /** There, quotes of a help text stand for themselves. */
  #textHead(sampled: string): string[] {
    const help = this.#help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')
    return [`# HELP ${sampled} ${help}`, `# TYPE ${sampled} ${this.#type}`]
  }

  #written(values: Labels<string>): string {
    if (this.#labels.length === 0) return ''
    const pairs = this.#labels.map((label) => `${label}="${escaped(values[label] ?? '')}"`)
    return `{${pairs.join(',')}}`
  }
}

function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"')
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  return String(value)
}
