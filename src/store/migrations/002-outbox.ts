/** Notifications that stand for many events, their order, and what automatic mitigation needs. */
export const OUTBOX: string = `
DROP TABLE outbox;

-- A notification on its way to one receiver. state: 'waiting', 'delivered' or 'dead'. Ids are never used
-- again: what has to wait for another notification has the higher one.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  channel TEXT NOT NULL,
  target TEXT NOT NULL,
  key TEXT NOT NULL,
  flood INTEGER NOT NULL,
  profile TEXT NOT NULL,
  behavior TEXT NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  created INTEGER NOT NULL,
  finished INTEGER,
  UNIQUE (channel, target, key)
) STRICT;
CREATE INDEX outbox_due ON outbox (channel, due, id) WHERE state = 'waiting';
CREATE INDEX outbox_dead ON outbox (channel) WHERE state = 'dead';
CREATE INDEX outbox_floods ON outbox (channel, target, profile, behavior, type, created);
CREATE INDEX outbox_finished ON outbox (finished) WHERE finished IS NOT NULL;

-- What a notification says.
CREATE TABLE outbox_events (
  notification INTEGER NOT NULL REFERENCES outbox ON DELETE CASCADE,
  event INTEGER NOT NULL REFERENCES violation_events ON DELETE CASCADE,
  PRIMARY KEY (notification, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_events_by_event ON outbox_events (event, notification);

-- A notification leaves when none of those it comes after is waiting.
CREATE TABLE outbox_order (
  notification INTEGER NOT NULL REFERENCES outbox ON DELETE CASCADE,
  after INTEGER NOT NULL,
  PRIMARY KEY (notification, after)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_order_after ON outbox_order (after);

-- The most things a rule acts on within an hour; which rule started a task; what is left to do.
ALTER TABLE mitigation_rules ADD COLUMN most_per_hour INTEGER NOT NULL DEFAULT 100;
ALTER TABLE mitigation_tasks ADD COLUMN rule TEXT;
CREATE INDEX mitigation_tasks_running ON mitigation_tasks (started, id) WHERE status = 'IN_PROGRESS';
CREATE INDEX mitigation_tasks_by_rule ON mitigation_tasks (rule, started) WHERE rule IS NOT NULL;
CREATE INDEX mitigation_executions_open ON mitigation_executions (task_id, violation_id, position)
  WHERE status = 'IN_PROGRESS';
`
