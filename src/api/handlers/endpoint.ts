import { show } from '../../domain/problem.ts'
import type { Handlers } from '../context.ts'
import { invalidRequest } from '../errors.ts'

const TYPES = ['iot:Data', 'iot:Data-ATS', 'iot:CredentialProvider', 'iot:Jobs', 'iot:Data-Beta']

export const ENDPOINT_HANDLERS: Pick<Handlers, 'DescribeEndpoint'> = {
  /** One process serves it all: whatever is looked for is where this was asked. */
  DescribeEndpoint({ endpointType }, { host }) {
    if (endpointType !== undefined && !TYPES.includes(endpointType)) {
      throw invalidRequest(
        `endpointType ${show(endpointType)} should be one of ${TYPES.join(', ')}`,
      )
    }
    return { endpointAddress: host }
  },
}
