import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Telemetry } from '../../src/respond/telemetry.ts'

// The grammar of https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md, of what
// counters and gauges need of it.
const ESCAPED = String.raw`(?:[^\\"\n]|\\n|\\"|\\\\)*`
const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="${ESCAPED}"`
const NUMBER = String.raw`(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)`
const SAMPLE = `${NAME}(?:\\{(?:${LABEL}(?:,${LABEL})*)?\\})? ${NUMBER}\n`
const DESCRIPTORS = `# TYPE ${NAME} (?:counter|gauge)\n(?:# UNIT ${NAME} [a-z]+\n)?# HELP ${NAME} ${ESCAPED}\n`
const TEXT_HELP = String.raw`(?:[^\\\n]|\\n|\\\\)*`
const EXPOSITION = new RegExp(`^(?:${DESCRIPTORS}(?:${SAMPLE})*)*# EOF\n$`)
const TEXT_EXPOSITION = new RegExp(
  `^(?:# HELP ${NAME} ${TEXT_HELP}\n# TYPE ${NAME} (?:counter|gauge)\n(?:${SAMPLE})*)*$`,
)

it('writes counters and gauges as OpenMetrics text', () => {
  const telemetry = new Telemetry()
  const rejects = telemetry.counter('fd_ingest_rejects', 'Rows refused.', ['reason'])
  rejects.add({ reason: 'late' })
  rejects.add({ reason: 'a "b"\\\nc' }, 2)
  telemetry.counter('fd_ingest_rejects', 'Rows refused.', ['reason']).add({ reason: 'late' })
  telemetry.reading('gauge', 'fd_lag_seconds', 'Behind the clock.', [], () => [[{}, 1.5]])
  telemetry.counter('fd_rows', 'Rows.', [])
  let models = 2
  telemetry.reading('gauge', 'fd_models', 'Models by status.', ['status'], () => [
    [{ status: 'ACTIVE' }, models],
  ])
  models = 3
  expect(telemetry.render('openmetrics')).toBe(
    String.raw`# TYPE fd_ingest_rejects counter
# HELP fd_ingest_rejects Rows refused.
fd_ingest_rejects_total{reason="late"} 2
fd_ingest_rejects_total{reason="a \"b\"\\\nc"} 2
# TYPE fd_lag_seconds gauge
# UNIT fd_lag_seconds seconds
# HELP fd_lag_seconds Behind the clock.
fd_lag_seconds 1.5
# TYPE fd_rows counter
# HELP fd_rows Rows.
fd_rows_total 0
# TYPE fd_models gauge
# HELP fd_models Models by status.
fd_models{status="ACTIVE"} 3
# EOF
`,
  )
})

it('writes the text format of Prometheus, where counters are called by their whole name', () => {
  const telemetry = new Telemetry()
  telemetry.counter('fd_rows', 'The "rows".\nAll \\.', []).add({}, 2)
  telemetry.reading('gauge', 'fd_lag_seconds', 'Behind.', ['a'], () => [[{ a: '"' }, 1.5]])
  expect(telemetry.render('text')).toBe(
    String.raw`# HELP fd_rows_total The "rows".\nAll \\.
# TYPE fd_rows_total counter
fd_rows_total 2
# HELP fd_lag_seconds Behind.
# TYPE fd_lag_seconds gauge
fd_lag_seconds{a="\""} 1.5
`,
  )
})

it('is within the grammar whatever the labels and values are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.double())),
      fc.array(fc.tuple(fc.string(), fc.nat())),
      (gauges, counts) => {
        const telemetry = new Telemetry()
        telemetry.reading('gauge', 'g_bytes', 'A "gauge"\nof \\', ['a', 'b'], () =>
          gauges.map(([text, value]) => [{ a: text, b: 'b' }, value]),
        )
        const counter = telemetry.counter('c', 'Counted.', ['a'])
        for (const [text, by] of counts) counter.add({ a: text }, by)
        expect(telemetry.render('openmetrics')).toMatch(EXPOSITION)
        expect(telemetry.render('text')).toMatch(TEXT_EXPOSITION)
      },
    ),
  )
})

it('refuses names outside the grammar, things as labels, and counters that fall', () => {
  const telemetry = new Telemetry()
  expect(() => telemetry.counter('rows_total', 'x', [])).toThrow(
    'not a name of OpenMetrics: rows_total',
  )
  expect(() => telemetry.counter('a-b', 'x', [])).toThrow('a-b')
  expect(() => telemetry.counter('a', 'x', ['1'])).toThrow('a 1')
  expect(() => telemetry.counter('alarms', 'x', ['thing'])).toThrow('alarms by thing')
  expect(() => telemetry.counter('rows', 'x', []).add({}, -1)).toThrow('rows cannot fall by 1')
})
