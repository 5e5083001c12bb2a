"""Enrollments that cannot be right: each bad field is named by its JSON pointer, and nothing is kept."""

from typing import Any

from tests.identity import people
from tests.identity.conftest import Identity

LEGAL_NAME = {"first": "Ana", "last": "Ruiz"}
ADDRESS = people.ENROLLMENT["member"]["address"]
BAD_ENROLLMENTS: list[tuple[dict[str, Any], str]] = [
    ({"control_number": ""}, "/control_number"),
    ({"control_number": 7}, "/control_number"),
    ({"control_number": "x" * 51}, "/control_number"),
    ({"action": "delete"}, "/action"),
    ({"effective_on": "01/01/2027"}, "/effective_on"),
    ({"effective_on": 20270101}, "/effective_on"),
    ({"insurer__id": "blue.harbor"}, "/insurer/id"),
    ({"insurer__id": "x" * 41}, "/insurer/id"),
    ({"insurer__id": "a\n"}, "/insurer/id"),
    ({"insurer__name": "Blue\u0000"}, "/insurer/name"),
    ({"insurer": None}, "/insurer"),
    ({"member__legal_name": {**LEGAL_NAME, "last": "\u0007"}}, "/member/legal_name/last"),
    ({"member__date_of_birth": "1850-01-01"}, "/member/date_of_birth"),
    ({"member__date_of_birth": "2027-01-01"}, "/member/date_of_birth"),
    ({"member__ssn": 536904399}, "/member/ssn"),
    ({"member__ssn": "5" * 21}, "/member/ssn"),
    ({"member__address": {**ADDRESS, "zip": "1234"}}, "/member/address/zip"),
    ({"member__address": {**ADDRESS, "zip": "\uff112345"}}, "/member/address/zip"),
    ({"member__address": {**ADDRESS, "state": "New York"}}, "/member/address/state"),
    ({"member__address": {**ADDRESS, "line2": "Apt 4"}}, "/member/address/line2"),
    ({"member__email": "maria@"}, "/member/email"),
    ({"member__language": "de"}, "/member/language"),
    ({"member__exchange_member_id": {"x": 1}}, "/member/exchange_member_id"),
    ({"dependents": [{"legal_name": LEGAL_NAME}]}, "/dependents/0/date_of_birth"),
    ({"dependents": [{"legal_name": LEGAL_NAME, "date_of_birth": "2030-01-01"}]}, "/dependents/0/date_of_birth"),
    ({"dependents": [{"legal_name": LEGAL_NAME, "date_of_birth": "2020-01-01"}] * 51}, "/dependents"),
    ({"policy__policy_number": "  "}, "/policy/policy_number"),
    ({"policy__plan": "x" * 101}, "/policy/plan"),
    ({"policy__kind": "vision"}, "/policy/kind"),
    ({"policy__premium_cents": -1}, "/policy/premium_cents"),
    ({"policy__premium_cents": 10**18}, "/policy/premium_cents"),
    ({"policy__premium_cents": 412.55}, "/policy/premium_cents"),
    ({"policy__premium_cents": "41255"}, "/policy/premium_cents"),
    ({"policy__premium_cents": True}, "/policy/premium_cents"),
    ({"policy__subsidy_cents": 41_256}, "/policy/subsidy_cents"),
    ({"policy__coverage_start_on": None}, "/policy/coverage_start_on"),
    ({"policy__coverage_end_on": "2026-12-31"}, "/policy/coverage_end_on"),
    ({"policy__color": "blue"}, "/policy/color"),
    ({"priority": 1}, "/priority"),
]


async def test_each_bad_field_of_an_enrollment_is_named(identity: Identity) -> None:
    """A partner reads which field of which part is wrong; nothing of the enrollment is kept."""
    for changes, pointer in BAD_ENROLLMENTS:
        refused = await identity.send(people.enrollment(**{"control_number": "C-1", **changes}))
        assert (refused.status, refused.problem, refused.pointers) == (422, "invalid-fields", {pointer}), changes
        assert "536904399" not in str(refused.body)
    assert await identity.rows("SELECT import_id FROM enrollment_import") == []


async def test_several_bad_fields_are_named_at_once(identity: Identity) -> None:
    """A partner corrects all in one go."""
    refused = await identity.send(people.enrollment(action="x", policy__kind="x", insurer__id="."))
    assert refused.pointers == {"/action", "/policy/kind", "/insurer/id"}
