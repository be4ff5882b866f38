/** The inputs of the golden cases about rules; see golden-inputs.ts. */
export const RULE_INPUTS: Record<string, () => Uint8Array> = {
  ...percentileInputs(),
}

/** One JSON document per line. */
function documents(values: readonly object[]): Uint8Array {
  return Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
}

function percentileInputs(): Record<string, () => Uint8Array> {
  const sent = (number: number, minutes: number, value: number): object => ({
    thing: `meter-${String(number).padStart(2, '0')}`,
    metric: 'aws:num-messages-sent',
    timestamp: Date.UTC(2026, 0, 1, 0, minutes),
    value,
  })
  // Ten meters send 1, 2, ... 10 messages every five minutes; meter-01 floods from 00:10 to 00:20.
  const usual = [0, 5, 10, 15, 20, 25].flatMap((minutes) =>
    Array.from({ length: 10 }, (_, i) =>
      sent(i + 1, minutes, i === 0 && minutes >= 10 && minutes < 20 ? 500 : i + 1),
    ),
  )
  return {
    'percentiles/first.ndjson': () => documents(usual.slice(0, 25)),
    'percentiles/second.ndjson': () => documents(usual.slice(25)),
  }
}
