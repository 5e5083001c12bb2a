"""What payments hears: contract class -> handler. The handler runs in the transaction that claims the event."""

from services.payments.usecases.enroll_policy import enroll_policy
from shared.contracts.identity import MemberEnrolledV1
from shared.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    MemberEnrolledV1: enroll_policy,
}
