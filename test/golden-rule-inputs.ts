import { encode } from 'cborg'

/** The inputs of the golden cases about rules; see golden-inputs.ts. */
export const RULE_INPUTS: Record<string, () => Uint8Array> = {
  ...percentileInputs(),
  ...listInputs(),
  ...dimensionInputs(),
  ...disconnectInputs(),
}

/** One JSON document per line. */
function documents(values: readonly object[]): Uint8Array {
  return Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
}

function percentileInputs(): Record<string, () => Uint8Array> {
  const sent = (number: number, minutes: number, value: number): object => ({
    thing: `meter-${String(number).padStart(2, '0')}`,
    metric: 'aws:num-messages-sent',
    timestamp: Date.UTC(2026, 0, 1, 0, minutes),
    value,
  })
  // Ten meters send 1, 2, ... 10 messages every five minutes; meter-01 floods from 00:10 to 00:20.
  const usual = [0, 5, 10, 15, 20, 25].flatMap((minutes) =>
    Array.from({ length: 10 }, (_, i) =>
      sent(i + 1, minutes, i === 0 && minutes >= 10 && minutes < 20 ? 500 : i + 1),
    ),
  )
  return {
    'percentiles/first.ndjson': () => documents(usual.slice(0, 25)),
    'percentiles/second.ndjson': () => documents(usual.slice(25)),
  }
}

function listInputs(): Record<string, () => Uint8Array> {
  const connect = (time: string, clientId: string, sourceIp: string): object => ({
    timestamp: `2026-01-01 ${time}`,
    logLevel: 'INFO',
    status: 'Success',
    eventType: 'Connect',
    clientId,
    sourceIp,
  })
  const report = (time: string, metrics: object, custom: object = {}): object => ({
    topic: '$aws/things/gateway/defender/metrics/json',
    timestamp: `2026-01-01T${time}Z`,
    payload: { header: { report_id: 1, version: '1.0' }, metrics, custom_metrics: custom },
  })
  const tcp = (...ports: number[]): object => ({
    listening_tcp_ports: { ports: ports.map((port) => ({ port })), total: ports.length },
  })
  const users = (...names: string[]): object => ({ users: [{ string_list: names }] })
  const remote = (...addresses: string[]): object => ({
    tcp_connections: {
      established_connections: {
        connections: addresses.map((remote_addr) => ({ remote_addr })),
        total: addresses.length,
      },
    },
  })
  const udp = (minutes: number, ...ports: number[]): Uint8Array =>
    encode({
      thing: 'sensor',
      payload: {
        hed: { rid: Date.UTC(2026, 0, 1, 0, minutes) / 1_000, v: '1.0' },
        met: { up: { pts: ports.map((pt) => ({ pt })), t: ports.length } },
        cmet: { slots: [{ number_list: minutes === 5 ? [1, 4.5] : [2] }] },
      },
    })
  const exported = (version: number, ports: number[], time = '00:20'): object => ({
    name: 'aws:listening-tcp-ports',
    thing: 'exported',
    value: { ports },
    timestamp: Date.parse(`2026-01-01T${time}Z`),
    version,
  })
  const datapoint = (time: string, metric: string, value: unknown): object => ({
    thing: 'plain',
    metric,
    timestamp: `2026-01-01T${time}Z`,
    value,
  })
  return {
    'lists/broker.ndjson': () =>
      documents([
        connect('00:00:10', 'camera', '192.0.2.7'),
        connect('00:01:00', 'camera', '198.51.100.9'),
        connect('00:02:00', 'camera', '192.0.2.8'),
        connect('00:05:00', 'camera', '2001:db8:5::1'),
      ]),
    'lists/lifecycle.ndjson': () =>
      documents([
        {
          clientId: 'lamp',
          timestamp: Date.parse('2026-01-01T00:00:30Z'),
          eventType: 'connected',
          sessionIdentifier: 's1',
          ipAddress: '2001:db9::1',
          versionNumber: 0,
        },
      ]),
    'lists/reports.ndjson': () =>
      documents([
        report('00:00', { ...tcp(443, 22), ...remote('192.0.2.1:443', '[2001:db8::7]:8883') }),
        report(
          '00:05',
          { ...tcp(443, 8888, 22), ...remote('203.0.113.5:80') },
          users('web', 'eve'),
        ),
        report('00:11', { ...tcp(9999), ...remote() }, users()),
        report('00:14', tcp(443)),
        report('00:15', remote('203.0.113.5', 'nowhere')),
      ]),
    'lists/report.cbor': () => Buffer.concat([udp(0, 53), udp(5, 53, 123), udp(10)]),
    'lists/export.ndjson': () =>
      documents([
        { version: '1.0', metrics: [exported(1, [23])] },
        { version: '1.0', metrics: [exported(2, [22]), exported(1, [23], '00:25')] },
      ]),
    'lists/datapoints.ndjson': () =>
      documents([
        datapoint('00:00', 'gateways', ['10.0.0.1', '::ffff:10.1.2.3']),
        datapoint('00:05', 'gateways', { cidrs: ['10.0.0.1', '11.0.0.1'] }),
        datapoint('00:10', 'gateways', 5),
        datapoint('00:10', 'aws:num-disconnects', [5]),
      ]),
    'lists/datapoints.csv': () =>
      Buffer.from(
        'thing,metric,timestamp,value\nplain,gateways,2026-01-01T00:15Z,"[""10.9.9.9""]"\n' +
          'plain,aws:num-disconnects,2026-01-01T00:15Z,3\n',
      ),
  }
}

function dimensionInputs(): Record<string, () => Uint8Array> {
  const line = (
    time: string,
    eventType: string,
    topicName?: string,
    more: object = {},
  ): object => ({
    timestamp: `2026-01-01 ${time}`,
    logLevel: 'INFO',
    status: 'Success',
    eventType,
    clientId: 'pump',
    sourceIp: '192.0.2.1',
    ...(topicName === undefined ? {} : { topicName }),
    ...more,
  })
  const denied = { status: 'Failure', reason: 'AUTHORIZATION_FAILURE' }
  const told = (time: string, dimension: unknown, value: number): object => ({
    thing: 'gauge',
    metric: 'aws:num-messages-sent',
    timestamp: `2026-01-01T${time}Z`,
    value,
    dimension,
  })
  return {
    'dimensions/broker.ndjson': () =>
      documents([
        line('00:00:00', 'Connect', undefined, { ...denied, sourceIp: '198.51.100.1' }),
        line('00:00:01', 'Connect'),
        line('00:00:02', 'Publish-In', 'alarms/high', { payloadSize: 101 }),
        line('00:00:03', 'Publish-In', 'pump/alarm', { payloadSize: 50 }),
        line('00:00:04', 'Publish-In', 'things/pump/data', { payloadSize: 5 }),
        line('00:00:05', 'Publish-In', 'things/valve/data', {
          payloadSize: 9,
          sourceIp: '203.0.113.1',
        }),
        line('00:01:00', 'Publish-Out', 'alarms'),
        line('00:02:00', 'Publish-In', 'things/valve/set', denied),
        line('00:05:00', 'Subscribe', 'alarms/#', { sourceIp: '203.0.113.9' }),
        line('00:10:00', 'Publish-In', 'things/pump/data', { payloadSize: 7 }),
      ]),
    'dimensions/datapoints.ndjson': () =>
      documents([
        told('00:00', 'alarms', 3),
        told('00:05', { name: 'alarms', operator: 'IN' }, 1),
        told('00:05', { name: 'own', operator: 'NOT_IN' }, 1),
      ]),
    'dimensions/table.csv': () =>
      Buffer.from(
        'thing,metric,dimension,timestamp,value\n' +
          'gauge,aws:num-messages-sent,own NOT_IN,2026-01-01T00:10Z,0\n' +
          'gauge,aws:num-messages-sent,,2026-01-01T00:10Z,4\n' +
          'gauge,aws:num-messages-sent,alarms,2026-01-01T00:10Z,2\n',
      ),
  }
}

function disconnectInputs(): Record<string, () => Uint8Array> {
  const line = (time: string, clientId: string, eventType: string, more: object = {}): object => ({
    timestamp: `2026-01-01 ${time}`,
    logLevel: 'INFO',
    status: 'Success',
    eventType,
    clientId,
    ...more,
  })
  const event = (time: string, eventType: string): object => ({
    clientId: 'lamp',
    timestamp: Date.parse(`2026-01-01T${time}Z`),
    eventType,
    sessionIdentifier: 's1',
    versionNumber: 0,
  })
  const told = (time: string, value: number): object => ({
    thing: 'meter',
    metric: 'aws:disconnect-duration',
    timestamp: `2026-01-01T${time}Z`,
    value,
  })
  return {
    'disconnect-duration/broker.ndjson': () =>
      documents([
        line('00:00:10', 'pump', 'Connect'),
        line('00:01:00', 'valve', 'Connect'),
        line('00:02:00', 'nobody', 'Connect', { status: 'Failure', reason: 'NOT_AUTHORIZED' }),
        line('00:10:30', 'pump', 'Disconnect', { disconnectReason: 'CONNECTION_LOST' }),
        line('00:30:00', 'valve', 'Connect'),
        line('00:30:01', 'valve', 'Disconnect', { disconnectReason: 'DUPLICATE_CLIENTID' }),
        line('04:40:00', 'valve', 'Publish-In'),
        line('05:20:00', 'pump', 'Connect'),
        line('05:40:00', 'valve', 'Publish-In'),
        line('06:10:00', 'valve', 'Disconnect'),
        line('06:11:00', 'valve', 'Connect'),
      ]),
    'disconnect-duration/lifecycle.ndjson': () =>
      documents([
        event('01:00:00', 'disconnected'),
        event('00:20:00', 'connected'),
        event('01:00:00', 'disconnected'),
      ]),
    'disconnect-duration/datapoints.ndjson': () =>
      documents([told('00:00', 7_300), told('01:20', 10), told('07:00', 0)]),
  }
}
