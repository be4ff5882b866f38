/**
 * The middle word of a random stream's address (thing, purpose, moment). 0 to 12 are the normal
 * models of the metrics, by slot. Numbers are part of the output: never reuse or renumber one.
 */
export const PURPOSE = {
  traffic: 16,
  upload: 17,
  download: 18,
  drift: 19,
  parameters: 20,
  outages: 21,
  delivery: 22,
  joins: 23,
  incident: 24,
} as const

/** In place of a thing, for what belongs to the fleet as a whole. */
export const FLEET = -1

/** The same for the fleet's own streams (`FLEET`, purpose, index). */
export const FLEET_PURPOSE = {
  archetype: 64,
  weights: 65,
  holiday: 66,
  rollout: 67,
  clockChange: 68,
  download: 69,
  campaign: 70,
  block: 71,
  bag: 72,
  bursts: 73,
} as const
