/** Violations that somebody has looked at are found by what they were found to be. */
export const VERIFIED: string = `
CREATE INDEX violations_verified ON violations (verification, started, id)
  WHERE verification <> 'UNKNOWN';
`
