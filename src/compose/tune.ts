import { DAY_MS } from '../domain/time.ts'
import { type TuneRules, type Tuning, tune } from '../respond/tune.ts'
import { openStoreToRead } from '../store/store.ts'
import { alikeAlarms, currentLevels } from '../store/verified-alarms.ts'
import { systemClock } from './session.ts'

export interface TuneOptions extends TuneRules {
  /** A data directory of `serve`, which may be running. */
  data: string
  /** Alarms of so many days; null: all that are kept. */
  days: number | null
  /** Null: all. */
  profile: string | null
}

/** What the verified alarms of a service say of the levels of its learned behaviors. */
export function tuneStore({ data, days, profile, ...rules }: TuneOptions): Tuning[] {
  const store = openStoreToRead(data)
  try {
    const since = days === null ? 0 : systemClock.now() - days * DAY_MS
    const alarms = alikeAlarms(store.database, since)
    const asked = profile === null ? alarms : alarms.filter((alike) => alike.profile === profile)
    return tune(asked, currentLevels(store.database), rules)
  } finally {
    store.close()
  }
}
