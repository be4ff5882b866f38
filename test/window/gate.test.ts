import { describe, expect, test } from 'vitest'
import { Gate } from '../../src/window/gate.ts'

/** Lets everything that can go on go on. */
async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

describe('the gate', () => {
  test('lets in as many as it has permits, the others in the order they came', async () => {
    const gate = new Gate(2)
    const inside: number[] = []
    for (const visitor of [0, 1, 2, 3]) void gate.enter().then(() => inside.push(visitor))
    await settled()
    expect(inside).toEqual([0, 1])
    gate.leave()
    await settled()
    expect(inside).toEqual([0, 1, 2])
    gate.leave()
    gate.leave()
    await settled()
    expect(inside).toEqual([0, 1, 2, 3])
    // One is still inside, so one permit is free.
    void gate.enter().then(() => inside.push(4))
    void gate.enter().then(() => inside.push(5))
    await settled()
    expect(inside).toEqual([0, 1, 2, 3, 4])
  })

  test('works while empty: after all inside have left, before any other enters', async () => {
    const gate = new Gate(2)
    const log: string[] = []
    await gate.enter()
    await gate.enter()
    let finish = (): void => {}
    const work = gate.whileEmpty(async () => {
      log.push('work')
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return 7
    })
    void gate.enter().then(() => log.push('entered'))
    await settled()
    gate.leave()
    await settled()
    expect(log).toEqual([])
    gate.leave()
    await settled()
    // The visitor came before the gate was empty: it is let in, and waited for.
    expect(log).toEqual(['entered'])
    gate.leave()
    await settled()
    expect(log).toEqual(['entered', 'work'])
    void gate.enter().then(() => log.push('entered'))
    await settled()
    expect(log).toEqual(['entered', 'work'])
    finish()
    expect(await work).toBe(7)
    await settled()
    expect(log).toEqual(['entered', 'work', 'entered'])
  })

  test('opens again when the work fails', async () => {
    const gate = new Gate(1)
    await expect(gate.whileEmpty(() => Promise.reject(new Error('disk full')))).rejects.toThrow(
      'disk full',
    )
    await gate.enter()
  })
})
