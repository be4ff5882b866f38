import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatProblem } from '../../src/domain/problem.ts'
import { ALL_THINGS, parseTargets } from '../../src/domain/targets.ts'

function parse(source: unknown, profiles: string[]): ReturnType<typeof parseTargets> {
  return parseTargets(JSON.stringify(source), 't.json', profiles)
}

const groups = { lamps: ['lamp-1', 'lamp-2'], doors: ['door-1'] }
const THINGS = ['lamp-1', 'lamp-2', 'door-1', 'stranger']

describe('which things a profile watches', () => {
  it.each([
    [['all/things'], THINGS, true],
    [['all/registered-things'], ['lamp-1', 'lamp-2', 'door-1'], false],
    [['all/unregistered-things'], ['stranger'], false],
    [['all/registered-things', 'all/unregistered-things'], THINGS, true],
    [['lamps'], ['lamp-1', 'lamp-2'], false],
    [['lamps', 'doors'], ['lamp-1', 'lamp-2', 'door-1'], false],
    [['doors', 'all/unregistered-things'], ['door-1', 'stranger'], false],
    [['arn:aws:iot:eu-west-1:123456789012:thinggroup/doors'], ['door-1'], false],
    [['arn:aws-cn:iot:cn-north-1:123456789012:all/things'], THINGS, true],
    [['arn:aws:iot:eu-west-1:123456789012:all/unregistered-things'], ['stranger'], false],
  ])('%j', (attached, watched, everything) => {
    const { targets, problems } = parse({ groups, attachments: { p: attached } }, ['p'])
    expect(problems).toEqual([])
    expect(THINGS.filter((thing) => targets.watches('p', thing))).toEqual(watched)
    expect(targets.everything('p')).toBe(everything)
  })

  it('without a file, all of them', () => {
    expect(ALL_THINGS.watches('p', 'lamp-1')).toBe(true)
    expect(ALL_THINGS.everything('p')).toBe(true)
  })

  it('a profile without an entry watches nothing, with a warning', () => {
    const { targets, problems } = parse({ groups, attachments: { p: ['lamps'], q: [] } }, [
      'p',
      'q',
      'toString',
    ])
    expect(problems.map(formatProblem)).toEqual([
      't.json: attachments.q: warning: "q" is attached to nothing',
      't.json: attachments: warning: security profile "toString" is attached to nothing',
    ])
    expect(targets.watches('toString', 'lamp-1')).toBe(false)
    expect(targets.everything('toString')).toBe(false)
    expect(targets.watches('q', 'lamp-1')).toBe(false)
  })
})

describe('groups within groups', () => {
  const tree = {
    groups: { house: ['bell'], floor: ['lamp'], room: ['tv'], shed: ['rake'] },
    parents: { room: 'floor', floor: 'house' },
  }
  it.each([
    ['house', ['bell', 'lamp', 'tv']],
    ['floor', ['lamp', 'tv']],
    ['room', ['tv']],
    ['shed', ['rake']],
  ])('%s', (group, watched) => {
    const { targets, problems } = parse({ ...tree, attachments: { p: [group] } }, ['p'])
    expect(problems).toEqual([])
    const things = ['bell', 'lamp', 'tv', 'rake', 'stranger']
    expect(things.filter((thing) => targets.watches('p', thing))).toEqual(watched)
  })
})

describe('problems', () => {
  it.each([
    [
      'a parent that is no group',
      { groups, parents: { lamps: 'house' }, attachments: { p: ['lamps'] } },
      ['t.json: parents.lamps: error: "house" should be a group of this file'],
    ],
    [
      'a parent that is a list',
      { groups, parents: { lamps: ['doors'] }, attachments: { p: ['lamps'] } },
      ['parents.lamps: error: ["doors"] should be a group\'s name'],
    ],
    [
      'a circle of groups',
      { groups, parents: { lamps: 'doors', doors: 'lamps' }, attachments: { p: ['lamps'] } },
      ['parents.lamps: error: group "lamps" would be above itself'],
    ],
    [
      'an unknown profile',
      { groups, attachments: { p: ['lamps'], r: ['lamps'] } },
      ['warning: there is no security profile "r"'],
    ],
    [
      'an unknown group',
      { groups, attachments: { p: ['lamp'] } },
      ['error: target "lamp" should be a group of this file'],
    ],
    [
      'a thing for a group',
      { groups, attachments: { p: ['lamp-1'] } },
      ['error: target "lamp-1" should be a group'],
    ],
    [
      'a group of another kind',
      { groups, attachments: { p: ['arn:aws:iot:eu-west-1:1:thing/lamps'] } },
      ['error: target "arn:'],
    ],
    [
      'all/things as a group',
      { attachments: { p: ['arn:aws:iot:eu-west-1:1:thinggroup/all/things'] } },
      ['error: target "arn:'],
    ],
    [
      'no such all',
      { attachments: { p: ['all/lamps', 3] } },
      ['error: target "all/lamps" should be', 'error: target 3 should be a string'],
    ],
    [
      'a group name',
      { groups: { 'my lamps': ['x'] }, attachments: { p: ['my lamps'] } },
      ['error: group "my lamps" should hold only'],
    ],
    [
      'thing names',
      {
        groups: { g: ['', 'a\u0007', 'é'.repeat(65), 4, 'é'.repeat(64)] },
        attachments: { p: ['g'] },
      },
      [
        'error: "" should be',
        'error: "a\\u0007" should be',
        'error: "é',
        'error: 4 should be a thing name: 1 to 128 bytes',
      ],
    ],
    [
      'an empty group',
      { groups: { g: [] }, attachments: { p: ['g'] } },
      ['warning: group "g" has no things'],
    ],
    [
      'groups that are lists',
      { groups: [], attachments: { p: [] } },
      ['error: groups [] should be', 'warning: "p" is attached to nothing'],
    ],
    [
      'a group that is a word',
      { groups: { g: 'x' }, attachments: { p: ['g'] } },
      ['error: "x" should be a list'],
    ],
    [
      'attachments that are words',
      { attachments: { p: 'all/things' } },
      ['error: "all/things" should be a list'],
    ],
    [
      'attachments in a list',
      { attachments: ['p'] },
      [
        'error: attachments ["p"] should be',
        'warning: security profile "p" is attached to nothing',
      ],
    ],
    [
      'an unknown member',
      { group: {}, attachments: { p: ['all/things'] } },
      ['warning: unknown member "group" is ignored; did you mean "groups"?'],
    ],
    ['a list', [], ['error: a things file should be', 'warning: security profile "p"']],
  ])('%s', (_, source, expected) => {
    const lines = parse(source, ['p']).problems.map(formatProblem)
    expect(lines).toHaveLength(expected.length)
    for (const [i, line] of lines.entries()) expect(line).toContain(expected[i])
  })

  it('broken JSON', () => {
    const { problems } = parseTargets('{"groups": {\n}', 't.json', [])
    expect(problems.map((problem) => problem.message)).toEqual([
      'not JSON at line 2, column 2: found the text ends where "," or "}" should be',
    ])
  })
})

it('never throws, and everything means every thing', () => {
  const target = fc.constantFrom(
    'g',
    'h',
    'all/things',
    'all/registered-things',
    'all/unregistered-things',
  )
  const source = fc.record(
    {
      groups: fc.dictionary(
        fc.constantFrom('g', 'h', '__proto__'),
        fc.array(fc.constantFrom('a', 'b')),
      ),
      attachments: fc.dictionary(fc.constantFrom('p', 'q'), fc.array(target)),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(source, fc.jsonValue()), (source) => {
      const { targets } = parse(source, ['p', 'q'])
      for (const profile of ['p', 'q', 'constructor']) {
        if (!targets.everything(profile)) continue
        for (const thing of ['a', 'b', 'c']) expect(targets.watches(profile, thing)).toBe(true)
      }
    }),
  )
})
