/** Times are epoch milliseconds. What the registry, the profiles and the alarms are kept in. */
export const FIRST: string = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- One row: grows with whatever changes which thing is evaluated how.
CREATE TABLE configuration (version INTEGER NOT NULL) STRICT;
INSERT INTO configuration VALUES (0);

CREATE TABLE things (
  name TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  type_name TEXT,
  billing_group TEXT,
  attributes_json TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX things_by_type ON things (type_name, name) WHERE type_name IS NOT NULL;

-- What attributes_json says, to be found by.
CREATE TABLE thing_attributes (
  thing_name TEXT NOT NULL REFERENCES things ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (thing_name, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX thing_attributes_by_value ON thing_attributes (key, value, thing_name);
CREATE TRIGGER thing_attributes_of_new AFTER INSERT ON things WHEN new.attributes_json <> '{}' BEGIN
  INSERT INTO thing_attributes SELECT new.name, key, value FROM json_each(new.attributes_json);
END;
CREATE TRIGGER thing_attributes_of_changed AFTER UPDATE OF attributes_json ON things BEGIN
  DELETE FROM thing_attributes WHERE thing_name = new.name;
  INSERT INTO thing_attributes SELECT new.name, key, value FROM json_each(new.attributes_json);
END;

CREATE TABLE thing_groups (
  name TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  parent TEXT REFERENCES thing_groups,
  description TEXT,
  attributes_json TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX thing_groups_by_parent ON thing_groups (parent, name);

CREATE TABLE group_members (
  group_name TEXT NOT NULL REFERENCES thing_groups ON DELETE CASCADE,
  thing_name TEXT NOT NULL REFERENCES things ON DELETE CASCADE,
  added INTEGER NOT NULL,
  PRIMARY KEY (group_name, thing_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_by_thing ON group_members (thing_name, group_name);

-- resource: 'securityprofile/NAME', 'thinggroup/NAME' ...
CREATE TABLE tags (
  resource TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (resource, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE policies (
  name TEXT PRIMARY KEY,
  document TEXT NOT NULL,
  version_id TEXT NOT NULL,
  generation TEXT NOT NULL,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- target: 'thinggroup/NAME', or the ARN of what is none of ours.
CREATE TABLE policy_targets (
  policy TEXT NOT NULL REFERENCES policies ON DELETE CASCADE,
  target TEXT NOT NULL,
  PRIMARY KEY (policy, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX policy_targets_by_target ON policy_targets (target, policy);

CREATE TABLE security_profiles (
  name TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  description TEXT,
  behaviors_json TEXT NOT NULL,
  alert_targets_json TEXT NOT NULL,
  metrics_to_retain_json TEXT NOT NULL,
  metrics_to_retain_v2_json TEXT NOT NULL,
  export_config_json TEXT,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- target: 'thinggroup/NAME', 'all/things', 'all/registered-things' or 'all/unregistered-things'.
CREATE TABLE profile_targets (
  profile TEXT NOT NULL REFERENCES security_profiles ON DELETE CASCADE,
  target TEXT NOT NULL,
  attached INTEGER NOT NULL,
  PRIMARY KEY (profile, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX profile_targets_by_target ON profile_targets (target, profile);

CREATE TABLE custom_metrics (
  name TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  display_name TEXT,
  token TEXT,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dimensions (
  name TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  string_values_json TEXT NOT NULL,
  token TEXT,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE mitigation_actions (
  name TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  role_arn TEXT NOT NULL,
  params_json TEXT NOT NULL,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What runs by itself when an alarm begins; NULL: whichever behavior, whichever confidence.
CREATE TABLE mitigation_rules (
  id TEXT PRIMARY KEY,
  profile TEXT NOT NULL,
  behavior TEXT,
  confidence TEXT,
  action TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Active while ended is NULL.
CREATE TABLE violations (
  id TEXT PRIMARY KEY,
  profile TEXT NOT NULL,
  behavior TEXT NOT NULL,
  thing TEXT NOT NULL,
  metric TEXT NOT NULL,
  criteria_type TEXT NOT NULL,
  confidence TEXT,
  suppressed INTEGER NOT NULL,
  behavior_json TEXT NOT NULL,
  started INTEGER NOT NULL,
  last_time INTEGER NOT NULL,
  last_value_json TEXT,
  ended INTEGER,
  end_type TEXT,
  verification TEXT NOT NULL DEFAULT 'UNKNOWN',
  verification_description TEXT,
  verified INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX violations_active ON violations (started, id) WHERE ended IS NULL;
CREATE INDEX violations_active_by_thing ON violations (thing, started, id) WHERE ended IS NULL;
CREATE INDEX violations_active_by_profile ON violations (profile, started, id) WHERE ended IS NULL;
CREATE INDEX violations_by_thing ON violations (thing, started);
CREATE INDEX violations_by_profile ON violations (profile, behavior, started);
CREATE INDEX violations_ended ON violations (ended) WHERE ended IS NOT NULL;

CREATE TABLE violation_events (
  id INTEGER PRIMARY KEY,
  violation_id TEXT NOT NULL,
  type TEXT NOT NULL,
  time INTEGER NOT NULL,
  profile TEXT NOT NULL,
  behavior TEXT NOT NULL,
  thing TEXT NOT NULL,
  criteria_type TEXT NOT NULL,
  confidence TEXT,
  suppressed INTEGER NOT NULL,
  value_json TEXT,
  behavior_json TEXT NOT NULL,
  explanation_json TEXT,
  UNIQUE (violation_id, type)
) STRICT;
CREATE INDEX violation_events_by_time ON violation_events (time);
CREATE INDEX violation_events_by_thing ON violation_events (thing, time);
CREATE INDEX violation_events_by_profile ON violation_events (profile, time);

CREATE TABLE mitigation_tasks (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER,
  target_json TEXT NOT NULL,
  occurrence_json TEXT,
  only_active INTEGER NOT NULL,
  include_suppressed INTEGER NOT NULL,
  actions_json TEXT NOT NULL,
  token TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX mitigation_tasks_by_start ON mitigation_tasks (started, id);

CREATE TABLE mitigation_executions (
  task_id TEXT NOT NULL REFERENCES mitigation_tasks ON DELETE CASCADE,
  violation_id TEXT NOT NULL,
  action_name TEXT NOT NULL,
  position INTEGER NOT NULL,
  thing TEXT NOT NULL,
  status TEXT NOT NULL,
  started INTEGER,
  ended INTEGER,
  error_code TEXT,
  message TEXT,
  PRIMARY KEY (task_id, violation_id, action_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX mitigation_executions_by_violation ON mitigation_executions (violation_id, started);
CREATE INDEX mitigation_executions_by_thing ON mitigation_executions (thing, started);

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  channel TEXT NOT NULL,
  key TEXT NOT NULL,
  event_id INTEGER,
  state TEXT NOT NULL,
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  created INTEGER NOT NULL,
  delivered INTEGER,
  UNIQUE (channel, key)
) STRICT;
CREATE INDEX outbox_due ON outbox (state, due);

CREATE TABLE ingest_batches (
  key TEXT PRIMARY KEY,
  position INTEGER NOT NULL,
  answer_json TEXT NOT NULL,
  received INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ingest_batches_by_time ON ingest_batches (received);
${countedChanges()}${forgottenTags()}
CREATE TRIGGER thing_groups_leave_targets AFTER DELETE ON thing_groups BEGIN
  DELETE FROM profile_targets WHERE target = 'thinggroup/' || old.name;
  DELETE FROM policy_targets WHERE target = 'thinggroup/' || old.name;
END;
`

/** What is deleted takes its tags along. */
function forgottenTags(): string {
  const kinds = {
    thing_groups: 'thinggroup',
    security_profiles: 'securityprofile',
    custom_metrics: 'custommetric',
    dimensions: 'dimension',
    mitigation_actions: 'mitigationaction',
    policies: 'policy',
  }
  return Object.entries(kinds)
    .map(
      ([table, kind]) => `
CREATE TRIGGER ${table}_take_tags AFTER DELETE ON ${table} BEGIN
  DELETE FROM tags WHERE resource = '${kind}/' || old.name;
END;`,
    )
    .join('')
}

/** Whoever writes one of these tables need not remember to say so. */
function countedChanges(): string {
  const whole = ['INSERT', 'UPDATE', 'DELETE']
  const tables: Record<string, string[]> = {
    things: ['INSERT', 'DELETE'],
    thing_groups: ['INSERT', 'DELETE'],
    group_members: ['INSERT', 'DELETE'],
    security_profiles: whole,
    profile_targets: ['INSERT', 'DELETE'],
    custom_metrics: whole,
    dimensions: whole,
  }
  return Object.entries(tables)
    .flatMap(([table, changes]) =>
      changes.map(
        (change) => `
CREATE TRIGGER ${table}_counts_${change.toLowerCase()} AFTER ${change} ON ${table} BEGIN
  UPDATE configuration SET version = version + 1;
END;`,
      ),
    )
    .join('')
}
