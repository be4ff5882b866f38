import { expect, test } from 'vitest'
import { Messages, type MessageSettings } from '../../src/cli/messages.ts'
import { formatProgress, Pace, timeLeft } from '../../src/cli/progress-line.ts'
import { newProgress, type Progress } from '../../src/detect/progress.ts'
import { type FakeIo, fakeIo, jsonLines } from './fake-io.ts'

function progressOf(changes: Partial<Progress>): Progress {
  return { ...newProgress(null), ...changes }
}

function messagesOn(io: FakeIo, settings: Partial<MessageSettings> = {}): Messages {
  return new Messages(io, { quiet: false, logFormat: 'text', ...settings })
}

test('the progress line tells rows, speed, event time, alarms and the time left', () => {
  const progress = progressOf({
    rows: 12_345_678,
    bytes: 420,
    totalBytes: 1_000,
    eventTime: Date.UTC(2026, 0, 5, 12, 5),
    alarms: 1,
    rejected: { malformed: 2, 'not-a-number': 1 },
    late: 4,
  })
  expect(formatProgress(progress, 3_104_000, 42_000)).toBe(
    '42 %  12,345,678 rows  3.10 M rows/s  at 2026-01-05 12:05  1 alarm  3 rejected  4 late  0:58 left',
  )
  expect(formatProgress(progressOf({ rows: 7 }), 0, 1_000)).toBe('7 rows  0 rows/s  0 alarms')
})

test('without a known size nothing is said of the time left', () => {
  expect(timeLeft({ bytes: 100, totalBytes: null }, 1_000)).toBeNull()
  expect(timeLeft({ bytes: 0, totalBytes: 100 }, 1_000)).toBeNull()
  expect(timeLeft({ bytes: 100, totalBytes: 400 }, 1_000)).toBe(3_000)
  expect(timeLeft({ bytes: 401, totalBytes: 400 }, 1_000)).toBe(0)
})

test('speed is that of the last ten seconds, not of the whole run', () => {
  const pace = new Pace()
  expect(pace.mark(0, 0)).toBeNull()
  for (let second = 1; second <= 60; second++) pace.mark(second * 1_000, second * 100)
  let latest: number | null = null
  for (let second = 61; second <= 80; second++) latest = pace.mark(second * 1_000, 6_000)
  expect(latest).toBe(0)
})

test('on a terminal progress stays on one line, and makes way for messages', () => {
  const io = fakeIo({ terminal: true, columns: 20 })
  const messages = messagesOn(io)
  messages.progress(progressOf({ rows: 1 }))
  io.pass(1_999)
  messages.progress(progressOf({ rows: 2_000 }))
  messages.warn('look out')
  messages.clear()
  const clear = '\r\u001b[K'
  expect(io.stderr.text).toBe(
    `${clear}1 row  0 alarms${clear}2,000 rows  1.00 k…${clear}warning: look out\n`,
  )
})

test('elsewhere it is a plain line every ten seconds', () => {
  const io = fakeIo()
  const messages = messagesOn(io)
  for (let second = 1; second <= 25; second++) {
    io.pass(1_000)
    messages.progress(progressOf({ rows: second * 1_000 }))
  }
  expect(io.stderr.text).toBe(
    '10,000 rows  1.00 k rows/s  0 alarms\n20,000 rows  1.00 k rows/s  0 alarms\n',
  )
})

test('a terminal that shows results gets plain lines too', () => {
  const io = fakeIo({ terminal: true })
  const messages = messagesOn(io)
  messages.stdoutCarriesLines()
  messages.progress(progressOf({ rows: 1 }))
  io.pass(10_000)
  messages.progress(progressOf({ rows: 1 }))
  expect(io.stderr.text).toBe('1 row  0 rows/s  0 alarms\n')
})

test('as JSON every message is an object on a line', () => {
  const io = fakeIo({ terminal: true })
  const messages = messagesOn(io, { logFormat: 'json' })
  io.pass(10_000)
  messages.progress(progressOf({ rows: 500, bytes: 10, totalBytes: 40 }))
  messages.note('two\nlines')
  messages.problem({ severity: 'warning', place: 'p.json', path: 'a', message: 'odd' })
  messages.summary(['for', 'people'], { command: 'replay', rows: 1 })
  expect(jsonLines(io.stderr.text)).toEqual([
    expect.objectContaining({
      level: 'info',
      kind: 'progress',
      rows: 500,
      elapsedMs: 10_000,
      leftMs: 30_000,
    }),
    { level: 'info', kind: 'note', message: 'two\nlines' },
    { level: 'warning', kind: 'problem', place: 'p.json', path: 'a', message: 'odd' },
    { level: 'info', kind: 'summary', command: 'replay', rows: 1 },
  ])
})

test('quiet leaves warnings and errors', () => {
  const io = fakeIo({ terminal: true })
  const messages = messagesOn(io, { quiet: true })
  messages.progress(progressOf({ rows: 1 }))
  messages.note('n')
  messages.summary(['s'], {})
  messages.warn('w')
  messages.error('e')
  expect(io.stderr.text).toBe('warning: w\nerror: e\n')
})

test('stderr that is closed does not end anything', async () => {
  const io = fakeIo()
  io.stderr.write = () => Promise.reject(new Error('EPIPE'))
  messagesOn(io).note('nobody hears this')
  await new Promise((resolve) => setImmediate(resolve))
})
