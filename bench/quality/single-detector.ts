import { SingleSeries } from '../../src/stats/single-series.ts'
import type { Detector } from './series.ts'

/** The product's model of a series without a fleet, as a detector; each series by itself. */
export const singleDetector: Detector = {
  name: 'single series',
  calibrated: true,
  score: (fleet) =>
    fleet.map(({ time, value }) => {
      const series = new SingleSeries()
      return value.map((x, row) => series.add(time[row]!, x))
    }),
}
