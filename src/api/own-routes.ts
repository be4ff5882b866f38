import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * A route of our own beside the service's operations, on the raw streams of node: not reading is its back
 * pressure. It answers by itself, its errors too; what it throws becomes a 500.
 */
export interface OwnRoute {
  method: 'GET' | 'POST' | 'DELETE'
  /** The whole path, without labels. */
  path: string
  /** `nothing`: anybody may call it. */
  needs: 'nothing' | 'read' | 'write'
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
}
