"""What partners are told about a line of an import: warnings beside what was taken, and why a line was not taken.

The words never repeat a value of the line: it may be somebody's. Next: `enrollment.py`.
"""

from collections.abc import Mapping
from enum import StrEnum


class LineWarning(StrEnum):
    """What the partner should look at although the line was taken; on a `noted` line, what is wrong with the file."""

    SSN_INVALID = "ssn-invalid"
    SSN_MISSING = "ssn-missing"
    PREMIUM_MISSING = "premium-missing"
    ADDRESS_MISSING = "address-missing"
    CONTACT_INVALID = "contact-invalid"
    PLAN_MISSING = "plan-missing"
    NUMBER_MADE = "policy-number-made"
    KIND_ASSUMED = "coverage-kind-assumed"
    SHARE_DIFFERS = "share-differs"
    SUBSIDY_COMPUTED = "subsidy-computed"
    AMOUNTS_SHARED = "amounts-shared"
    AMOUNTS_LATER = "amounts-later"
    AUDIT_DIFFERS = "audit-differs"
    MISPLACED = "misplaced"
    NOTHING_IN_IT = "nothing-in-it"
    GIVEN_UP = "given-up"
    NOT_READABLE = "not-readable"
    CUT_OFF = "cut-off"
    NOT_834 = "not-834"
    OTHER_VERSION = "other-version"
    MEMBER_OUTSIDE = "member-outside"
    SEGMENT_COUNT_WRONG = "segment-count-wrong"
    TRANSACTION_NUMBER_WRONG = "transaction-number-wrong"
    TRANSACTION_NOT_BEGUN = "transaction-not-begun"
    TRANSACTION_NOT_ENDED = "transaction-not-ended"
    GROUP_COUNT_WRONG = "group-count-wrong"
    GROUP_NUMBER_WRONG = "group-number-wrong"
    GROUP_NOT_BEGUN = "group-not-begun"
    GROUP_NOT_ENDED = "group-not-ended"
    INTERCHANGE_COUNT_WRONG = "interchange-count-wrong"
    INTERCHANGE_NUMBER_WRONG = "interchange-number-wrong"
    INTERCHANGE_NOT_BEGUN = "interchange-not-begun"
    INTERCHANGE_NOT_ENDED = "interchange-not-ended"

    @property
    def text(self) -> str:
        """The warning in words."""
        return _WARNINGS[self]


class Rejection(StrEnum):
    """Why a line was not taken."""

    MEMBER_CONFLICT = "member-conflict"
    POLICY_CONFLICT = "policy-conflict"
    INSURER_NOT_ALLOWED = "insurer-not-allowed"
    INSURER_MISSING = "insurer-missing"
    ROLE_UNKNOWN = "role-unknown"
    MAINTENANCE_UNKNOWN = "maintenance-unknown"
    SUBSCRIBER_ID_MISSING = "subscriber-id-missing"
    SUBSCRIBER_UNKNOWN = "subscriber-unknown"
    NAME_MISSING = "name-missing"
    NAME_INVALID = "name-invalid"
    BIRTH_DATE_MISSING = "birth-date-missing"
    BIRTH_DATE_INVALID = "birth-date-invalid"
    ADDRESS_MISSING = "address-missing"
    ADDRESS_INVALID = "address-invalid"
    COVERAGE_MISSING = "coverage-missing"
    COVERAGE_NOT_OFFERED = "coverage-not-offered"
    START_MISSING = "start-missing"
    START_INVALID = "start-invalid"
    END_MISSING = "end-missing"
    END_INVALID = "end-invalid"
    AMOUNT_INVALID = "amount-invalid"
    SUBSIDY_ABOVE_PREMIUM = "subsidy-above-premium"
    PLAN_ID_MISSING = "plan-id-missing"
    POLICY_NUMBER_MISSING = "policy-number-missing"
    POLICY_NUMBER_INVALID = "policy-number-invalid"
    LOOP_BROKEN = "loop-broken"
    CUT_OFF = "cut-off"
    TOO_MANY_DEPENDENTS = "too-many-dependents"
    NOT_TAKEN = "not-taken"

    @property
    def text(self) -> str:
        """The reason in words."""
        return _REJECTIONS[self]


_WARNINGS: Mapping[LineWarning, str] = {
    LineWarning.SSN_INVALID: (
        "The SSN is not a possible one. The member was enrolled without it and cannot verify an account."
    ),
    LineWarning.SSN_MISSING: "There is no SSN. Until one comes, the member cannot verify an account.",
    LineWarning.PREMIUM_MISSING: "There is no premium. No bill is issued until one comes.",
    LineWarning.ADDRESS_MISSING: "There is no address. The one that we have stays.",
    LineWarning.CONTACT_INVALID: "The phone number or e-mail address is not a possible one. It was left out.",
    LineWarning.PLAN_MISSING: "There is no name of the plan. The insurer and the kind of coverage stand for it.",
    LineWarning.NUMBER_MADE: "There is no policy number (REF*1L). The subscriber's id stands for it.",
    LineWarning.KIND_ASSUMED: "This kind of coverage is billed as health. Check HD03.",
    LineWarning.SHARE_DIFFERS: (
        "The member's share is not the premium less the subsidy. The member is billed the premium less the subsidy."
    ),
    LineWarning.SUBSIDY_COMPUTED: "There is no subsidy. The premium less the member's share was taken for it.",
    LineWarning.AMOUNTS_SHARED: (
        "The amounts stand for several coverages at once and were not used. Send each coverage with its own."
    ),
    LineWarning.AMOUNTS_LATER: "Amounts that hold from a later day were left out. Send them as a change.",
    LineWarning.AUDIT_DIFFERS: (
        "The audit lists as in force what has ended here. Send a reinstatement if the coverage goes on."
    ),
    LineWarning.MISPLACED: "Segments of the member do not stand in their order. Something may have been passed over.",
    LineWarning.NOTHING_IN_IT: "No member was found in the file.",
    LineWarning.GIVEN_UP: "For a reason of ours we could not read on from here. Please tell us the import.",
    LineWarning.NOT_READABLE: "Here stands something that is no segment. It was passed over.",
    LineWarning.CUT_OFF: "The file ends before its interchange does. Send it again as a whole, as a new interchange.",
    LineWarning.NOT_834: "This transaction is no 834. It was passed over.",
    LineWarning.OTHER_VERSION: "This is not version 005010X220 of the 834. It was read as if it were.",
    LineWarning.MEMBER_OUTSIDE: "A member stands here without an INS segment in front. The member was passed over.",
    LineWarning.SEGMENT_COUNT_WRONG: (
        "SE01 does not say how many segments came. Something is missing or double; what could be read was taken."
    ),
    LineWarning.TRANSACTION_NUMBER_WRONG: "SE02 is not the number of the transaction's ST02.",
    LineWarning.TRANSACTION_NOT_BEGUN: "There is no ST segment in front of this. What follows was read as an 834.",
    LineWarning.TRANSACTION_NOT_ENDED: "The transaction before this has no SE segment.",
    LineWarning.GROUP_COUNT_WRONG: "GE01 does not say how many transactions came.",
    LineWarning.GROUP_NUMBER_WRONG: "GE02 is not the number of the group's GS06.",
    LineWarning.GROUP_NOT_BEGUN: "There is no GS segment in front of this.",
    LineWarning.GROUP_NOT_ENDED: "The group before this has no GE segment.",
    LineWarning.INTERCHANGE_COUNT_WRONG: "IEA01 does not say how many groups came.",
    LineWarning.INTERCHANGE_NUMBER_WRONG: "IEA02 is not the number of the interchange's ISA13.",
    LineWarning.INTERCHANGE_NOT_BEGUN: "There is no ISA segment in front of this.",
    LineWarning.INTERCHANGE_NOT_ENDED: "The interchange before this has no IEA segment.",
}

_REJECTIONS: Mapping[Rejection, str] = {
    Rejection.MEMBER_CONFLICT: "The member id, the SSN and the birth date do not belong to one person that we know.",
    Rejection.POLICY_CONFLICT: "This policy number is already another member's.",
    Rejection.INSURER_NOT_ALLOWED: "This key may not send enrollments of that insurer.",
    Rejection.INSURER_MISSING: "The insurer's name or id is missing. It belongs into N1*IN before the first member.",
    Rejection.ROLE_UNKNOWN: "INS01 must say whether this is the subscriber: Y or N.",
    Rejection.MAINTENANCE_UNKNOWN: "What is to be done must be 001, 021, 024, 025 or 030 in INS03 or HD01.",
    Rejection.SUBSCRIBER_ID_MISSING: "The subscriber's id is missing (REF*0F).",
    Rejection.SUBSCRIBER_UNKNOWN: "The subscriber of this dependent was not sent right before. Send them together.",
    Rejection.NAME_MISSING: "The first or last name is missing (NM1*IL).",
    Rejection.NAME_INVALID: "The name is not one that a person can have.",
    Rejection.BIRTH_DATE_MISSING: "The date of birth is missing (DMG).",
    Rejection.BIRTH_DATE_INVALID: "The date of birth is not a day on which somebody living was born.",
    Rejection.ADDRESS_MISSING: (
        "There is no address (N3, N4), and we know none. Letters and the verification of accounts need it."
    ),
    Rejection.ADDRESS_INVALID: "The address needs a street, a city, a state of two letters and a ZIP code.",
    Rejection.COVERAGE_MISSING: "There is no coverage (HD).",
    Rejection.COVERAGE_NOT_OFFERED: "This kind of coverage (HD03) is not billed here; health and dental are.",
    Rejection.START_MISSING: "The day on which coverage starts is missing (DTP*348).",
    Rejection.START_INVALID: "The day on which coverage starts is not a day that can be reckoned with.",
    Rejection.END_MISSING: "The day on which coverage ends is missing (DTP*349).",
    Rejection.END_INVALID: "The day on which coverage ends is no day, or lies before its start.",
    Rejection.AMOUNT_INVALID: "An amount is not dollars and cents, such as 181.65.",
    Rejection.SUBSIDY_ABOVE_PREMIUM: "The subsidy is more than the premium.",
    Rejection.PLAN_ID_MISSING: (
        "The HIOS plan id (REF*CE) of this marketplace coverage is missing, so the insurer is not certain. "
        "Send it again with the id."
    ),
    Rejection.POLICY_NUMBER_MISSING: "The policy number of the marketplace is missing (REF*1L of the coverage).",
    Rejection.POLICY_NUMBER_INVALID: "The policy number is longer than 50 characters, or another coverage has it.",
    Rejection.LOOP_BROKEN: (
        "The member's segments are broken: one cannot be read, or two members stand behind one INS segment."
    ),
    Rejection.CUT_OFF: "The file or transaction ends within this member. Send the member again.",
    Rejection.TOO_MANY_DEPENDENTS: "A policy has at most 50 dependents here.",
    Rejection.NOT_TAKEN: "This could not be taken in for a reason of ours. Please tell us the import and the line.",
}
