import { addMember } from '../../src/store/group-members.ts'
import type { Store } from '../../src/store/store.ts'
import { insertGroup } from '../../src/store/thing-groups.ts'
import { insertThing } from '../../src/store/things.ts'

/** Registers things by name. */
export function register(store: Store, ...names: string[]): void {
  for (const name of names) {
    const thing = { id: `id-${name}`, version: 1, typeName: null, billingGroup: null, created: 0 }
    insertThing(store.database, { ...thing, name, attributes: {} })
  }
}

/** Makes groups: `a/b` is the group `b` within `a`. */
export function group(store: Store, ...paths: string[]): void {
  for (const path of paths) {
    const [name, parent] = path.split('/').reverse()
    insertGroup(store.database, {
      name: name!,
      id: `id-${name}`,
      version: 1,
      parent: parent ?? null,
      description: null,
      attributes: {},
      created: 0,
    })
  }
}

/** Puts things into a group; fails if one may not be there. */
export function put(store: Store, group: string, ...things: string[]): void {
  for (const thing of things) {
    const refusal = addMember(store.database, group, thing, 0)
    if (refusal !== null) throw new Error(`${thing}: ${refusal.kind}`)
  }
}

/** Attaches a profile, made if it is not there, to targets. */
export function attach(store: Store, profile: string, ...targets: string[]): void {
  store.database
    .prepare(
      `INSERT OR IGNORE INTO security_profiles VALUES (?, 1, NULL, '[]', '{}', '[]', '[]', NULL, 0, 0)`,
    )
    .run(profile)
  for (const target of targets) {
    store.database.prepare('INSERT INTO profile_targets VALUES (?, ?, 0)').run(profile, target)
  }
}
