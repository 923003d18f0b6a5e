/* Written by codegen.ts: change the .graphql documents instead. */

/** The operations of our own pages, to the letter as the pages' bundle has them. */
export const PAGE_DOCUMENTS: readonly string[] = [
  `
    mutation HoldSlot($input: HoldSlotInput!) {
  holdSlot(input: $input) {
    __typename
    ... on SlotHold {
      token
      expiresAt
      slot {
        ...OfferedSlot
      }
    }
    ... on ChallengeRequired {
      challenge
    }
  }
}
    fragment OfferedSlot on Slot {
  start
  end
  seatsLeft
  hosts {
    id
    name
  }
}`,
  `
    mutation ReleaseHold($token: String!) {
  releaseHold(token: $token)
}
    `,
  `
    mutation ConfirmBooking($input: ConfirmBookingInput!) {
  confirmBooking(input: $input) {
    __typename
    ... on Booking {
      ...HeldBooking
    }
    ... on VerificationRequired {
      reason
      triesLeft
      expiresAt
    }
  }
}
    fragment HeldBooking on Booking {
  id
  token
  manageUrl
  status
  start
  end
  createdAt
  cancelledBy
  cancelReason: reason
  movedBy
  movedFrom
  writeStatus
  hosts {
    id
    name
  }
  eventType {
    ...PageEventType
    changeNotice
  }
  attendee {
    name
    email
    notes
  }
  ...BookingDetails
}
fragment BookingDetails on Booking {
  place
  placeKind
  guests
  answers {
    question
    label
    kind
    values
  }
  attendee {
    phone
  }
}
fragment PageEventType on EventType {
  id
  owner
  slug
  title
  length
  lengths
  interval
  seats
  scheduling
  active
  hosts {
    id
    name
  }
}`,
  `
    query BookingByToken($token: String!) {
  booking(token: $token) {
    ...HeldBooking
  }
}
    fragment HeldBooking on Booking {
  id
  token
  manageUrl
  status
  start
  end
  createdAt
  cancelledBy
  cancelReason: reason
  movedBy
  movedFrom
  writeStatus
  hosts {
    id
    name
  }
  eventType {
    ...PageEventType
    changeNotice
  }
  attendee {
    name
    email
    notes
  }
  ...BookingDetails
}
fragment BookingDetails on Booking {
  place
  placeKind
  guests
  answers {
    question
    label
    kind
    values
  }
  attendee {
    phone
  }
}
fragment PageEventType on EventType {
  id
  owner
  slug
  title
  length
  lengths
  interval
  seats
  scheduling
  active
  hosts {
    id
    name
  }
}`,
  `
    mutation CancelBooking($token: String!, $reason: String) {
  cancelBooking(token: $token, reason: $reason) {
    __typename
    ... on Booking {
      ...HeldBooking
    }
  }
}
    fragment HeldBooking on Booking {
  id
  token
  manageUrl
  status
  start
  end
  createdAt
  cancelledBy
  cancelReason: reason
  movedBy
  movedFrom
  writeStatus
  hosts {
    id
    name
  }
  eventType {
    ...PageEventType
    changeNotice
  }
  attendee {
    name
    email
    notes
  }
  ...BookingDetails
}
fragment BookingDetails on Booking {
  place
  placeKind
  guests
  answers {
    question
    label
    kind
    values
  }
  attendee {
    phone
  }
}
fragment PageEventType on EventType {
  id
  owner
  slug
  title
  length
  lengths
  interval
  seats
  scheduling
  active
  hosts {
    id
    name
  }
}`,
  `
    mutation RescheduleBooking($token: String!, $start: DateTime!) {
  rescheduleBooking(token: $token, start: $start) {
    __typename
    ... on Booking {
      ...HeldBooking
    }
  }
}
    fragment HeldBooking on Booking {
  id
  token
  manageUrl
  status
  start
  end
  createdAt
  cancelledBy
  cancelReason: reason
  movedBy
  movedFrom
  writeStatus
  hosts {
    id
    name
  }
  eventType {
    ...PageEventType
    changeNotice
  }
  attendee {
    name
    email
    notes
  }
  ...BookingDetails
}
fragment BookingDetails on Booking {
  place
  placeKind
  guests
  answers {
    question
    label
    kind
    values
  }
  attendee {
    phone
  }
}
fragment PageEventType on EventType {
  id
  owner
  slug
  title
  length
  lengths
  interval
  seats
  scheduling
  active
  hosts {
    id
    name
  }
}`,
  `
    query PageTimesNow($input: AvailabilityInput!, $whole: Boolean!) {
  availability(input: $input) {
    ...Times
  }
}
    fragment Times on Availability {
  etag
  slots {
    ...Time
  }
  nextAvailable
  complete
  issues {
    code
  }
  computedAt
}
fragment Time on Slot {
  start
  end @include(if: $whole)
  seatsLeft @include(if: $whole)
  hosts @include(if: $whole) {
    id
    name
  }
}`,
  `
    subscription PageTimesLive($input: AvailabilityInput!, $resumeAfter: String, $whole: Boolean!) {
  availability(input: $input, resumeAfter: $resumeAfter) {
    __typename
    ... on AvailabilitySnapshot {
      etag
      availability {
        ...Times
      }
    }
    ... on AvailabilityDelta {
      fromEtag
      etag
      added {
        ...Time
      }
      removed {
        start
      }
      nextAvailable
      complete
      issues {
        code
      }
      computedAt
    }
  }
}
    fragment Times on Availability {
  etag
  slots {
    ...Time
  }
  nextAvailable
  complete
  issues {
    code
  }
  computedAt
}
fragment Time on Slot {
  start
  end @include(if: $whole)
  seatsLeft @include(if: $whole)
  hosts @include(if: $whole) {
    id
    name
  }
}`,
  `
    query EventTypePage($owner: String!, $slug: String!) {
  eventType(owner: $owner, slug: $slug) {
    ...PageEventType
    ...EventForm
  }
}
    fragment EventForm on EventType {
  description
  questions {
    id
    label
    kind
    required
    options
  }
  maxGuests
  places {
    kind
    value
  }
  redirectUrl
}
fragment PageEventType on EventType {
  id
  owner
  slug
  title
  length
  lengths
  interval
  seats
  scheduling
  active
  hosts {
    id
    name
  }
}`,
  `
    query AvailabilityNow($input: AvailabilityInput!) {
  availability(input: $input) {
    ...Answer
  }
}
    fragment Answer on Availability {
  etag
  slots {
    ...OfferedSlot
  }
  complete
  issues {
    code
  }
  computedAt
}
fragment OfferedSlot on Slot {
  start
  end
  seatsLeft
  hosts {
    id
    name
  }
}`,
  `
    subscription AvailabilityLive($input: AvailabilityInput!, $resumeAfter: String) {
  availability(input: $input, resumeAfter: $resumeAfter) {
    __typename
    ... on AvailabilitySnapshot {
      etag
      availability {
        ...Answer
      }
    }
    ...Change
  }
}
    fragment Answer on Availability {
  etag
  slots {
    ...OfferedSlot
  }
  complete
  issues {
    code
  }
  computedAt
}
fragment Change on AvailabilityDelta {
  fromEtag
  etag
  added {
    ...OfferedSlot
  }
  removed {
    start
  }
  complete
  issues {
    code
  }
  computedAt
}
fragment OfferedSlot on Slot {
  start
  end
  seatsLeft
  hosts {
    id
    name
  }
}`,
  `
    query FreshAvailabilityNow($input: AvailabilityInput!) {
  availability(input: $input) {
    ...FreshAnswer
  }
}
    fragment Answer on Availability {
  etag
  slots {
    ...OfferedSlot
  }
  complete
  issues {
    code
  }
  computedAt
}
fragment OfferedSlot on Slot {
  start
  end
  seatsLeft
  hosts {
    id
    name
  }
}
fragment FreshAnswer on Availability {
  ...Answer
  freshness {
    ...Age
  }
}
fragment Age on Freshness {
  provenAsOf
  bound
}`,
  `
    subscription FreshAvailabilityLive($input: AvailabilityInput!, $resumeAfter: String) {
  availability(input: $input, resumeAfter: $resumeAfter) {
    __typename
    ... on AvailabilitySnapshot {
      etag
      availability {
        ...FreshAnswer
      }
    }
    ... on AvailabilityDelta {
      ...Change
      freshness {
        ...Age
      }
    }
  }
}
    fragment Answer on Availability {
  etag
  slots {
    ...OfferedSlot
  }
  complete
  issues {
    code
  }
  computedAt
}
fragment Change on AvailabilityDelta {
  fromEtag
  etag
  added {
    ...OfferedSlot
  }
  removed {
    start
  }
  complete
  issues {
    code
  }
  computedAt
}
fragment OfferedSlot on Slot {
  start
  end
  seatsLeft
  hosts {
    id
    name
  }
}
fragment FreshAnswer on Availability {
  ...Answer
  freshness {
    ...Age
  }
}
fragment Age on Freshness {
  provenAsOf
  bound
}`,
];
