import {
  CreateThingCommand,
  DescribeSecurityProfileCommand,
  DescribeThingCommand,
  ListActiveViolationsCommand,
  ListThingGroupsForThingCommand,
  ListThingsCommand,
  ListThingsInThingGroupCommand,
  ListViolationEventsCommand,
  PutVerificationStateOnViolationCommand,
  UpdateThingGroupsForThingCommand,
} from '@aws-sdk/client-iot'
import { PERIOD_MS, ROOT, START, type StoredFleet, thingName, violationId } from './stored-fleet.ts'

/** What is asked, and the `i`-th command of its kind. */
export interface Kind {
  name: string
  command(i: number): object
}

/** A day that moves through the period. */
function dayOf(i: number): { startTime: Date; endTime: Date } {
  const startTime = START + ((i * 37) % 29) * 86_400_000
  return { startTime: new Date(startTime), endTime: new Date(startTime + 86_400_000) }
}

const ALL_TIME = { startTime: new Date(START), endTime: new Date(START + 2 * PERIOD_MS) }

export function kindsOf({ things, profiles, groups }: StoredFleet): Kind[] {
  const thing = (i: number): string => thingName((i * 7_919) % things)
  const securityProfileName = (i: number): string => `profile-${i % profiles}`
  return [
    {
      name: 'DescribeThing',
      command: (i) => new DescribeThingCommand({ thingName: thing(i) }),
    },
    { name: 'ListThings', command: () => new ListThingsCommand({ maxResults: 250 }) },
    {
      name: 'ListThingsInThingGroup',
      command: (i) =>
        new ListThingsInThingGroupCommand({
          thingGroupName: `group-${i % groups}`,
          maxResults: 250,
        }),
    },
    {
      name: 'ListThings by an attribute',
      command: (i) =>
        new ListThingsCommand({
          attributeName: 'floor',
          attributeValue: String(i % 100),
          maxResults: 250,
        }),
    },
    {
      name: 'ListThingsInThingGroup, the whole tree',
      command: () =>
        new ListThingsInThingGroupCommand({
          thingGroupName: ROOT,
          recursive: true,
          maxResults: 250,
        }),
    },
    {
      name: 'ListThingGroupsForThing',
      command: (i) => new ListThingGroupsForThingCommand({ thingName: thing(i) }),
    },
    {
      name: 'UpdateThingGroupsForThing (a commit)',
      command: (i) =>
        new UpdateThingGroupsForThingCommand({
          thingName: thingName(i),
          thingGroupsToRemove: [`group-${i % groups}`],
          thingGroupsToAdd: [`group-${(i + 1) % groups}`],
        }),
    },
    {
      name: 'DescribeSecurityProfile',
      command: (i) =>
        new DescribeSecurityProfileCommand({ securityProfileName: securityProfileName(i) }),
    },
    {
      name: 'ListActiveViolations',
      command: () => new ListActiveViolationsCommand({ maxResults: 250 }),
    },
    {
      name: 'ListActiveViolations of a thing',
      command: (i) => new ListActiveViolationsCommand({ thingName: thing(i) }),
    },
    {
      name: 'ListActiveViolations of a profile, suppressed (few)',
      command: (i) =>
        new ListActiveViolationsCommand({
          securityProfileName: securityProfileName(i),
          listSuppressedAlerts: true,
        }),
    },
    {
      name: 'ListViolationEvents of a day',
      command: (i) => new ListViolationEventsCommand({ ...dayOf(i), maxResults: 250 }),
    },
    {
      name: 'ListViolationEvents of a thing',
      command: (i) => new ListViolationEventsCommand({ ...ALL_TIME, thingName: thing(i) }),
    },
    {
      name: 'ListViolationEvents of a profile',
      command: (i) =>
        new ListViolationEventsCommand({
          ...ALL_TIME,
          securityProfileName: securityProfileName(i),
        }),
    },
    {
      name: 'ListViolationEvents, verified',
      command: () =>
        new ListViolationEventsCommand({ ...ALL_TIME, verificationState: 'FALSE_POSITIVE' }),
    },
    {
      name: 'ListViolationEvents, none of a million matches',
      command: () =>
        new ListViolationEventsCommand({ ...ALL_TIME, behaviorCriteriaType: 'STATIC' }),
    },
    {
      name: 'PutVerificationStateOnViolation (a commit)',
      command: (i) =>
        new PutVerificationStateOnViolationCommand({
          violationId: violationId(i * 101),
          verificationState: 'TRUE_POSITIVE',
        }),
    },
    {
      name: 'CreateThing (a commit)',
      command: (i) => new CreateThingCommand({ thingName: `new-${i}` }),
    },
  ]
}
