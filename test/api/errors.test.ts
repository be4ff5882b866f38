import { expect, test } from 'vitest'
import { ApiError, type ApiErrorType, checkVersion } from '../../src/api/errors.ts'

test.each<[ApiErrorType, number]>([
  ['LimitExceeded', 410],
  ['Throttling', 400],
  ['TaskAlreadyExists', 400],
  ['VersionConflict', 409],
  ['ResourceNotFound', 404],
])('%s is answered with %i', (type, status) => {
  const error = new ApiError(type, 'text')
  expect([error.status, error.name]).toEqual([status, `${type}Exception`])
})

test('an expected version must be the stored one, or not given', () => {
  checkVersion(undefined, 3, 'thing t')
  checkVersion(3, 3, 'thing t')
  expect(() => checkVersion(2, 3, 'thing t')).toThrow(
    'The version of thing t is 3, expectedVersion is 2',
  )
})
