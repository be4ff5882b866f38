/** What a batch of datapoints was, beside what it was answered: another one of the same key is refused. */
export const BATCH_DIGESTS: string = `
ALTER TABLE ingest_batches ADD COLUMN digest TEXT;
`
