"""Invented people and what they and their marketplace send; no number here belongs to anyone."""

from copy import deepcopy
from typing import Any

PASSWORD = "Quiet-Heron-42-Lake"
OTHER_PASSWORD = "Amber-Kettle-97-Moss"
SSN = "536-90-4399"

ACCOUNT: dict[str, Any] = {
    "legal_name": {"first": "Maria", "middle": "Elena", "last": "García-López"},
    "date_of_birth": "1984-05-17",
    "ssn": SSN,
    "username": "maria.garcia",
    "password": PASSWORD,
    "email": "maria@mail.test",
    "phone": "202-555-0143",
    "language": "es",
}

ENROLLMENT: dict[str, Any] = {
    "control_number": "C-0001",
    "action": "add",
    "effective_on": "2027-01-01",
    "insurer": {"id": "blueharbor", "name": "Blue Harbor Health"},
    "member": {
        "exchange_member_id": "X-1001",
        "legal_name": {"first": "MARIA", "last": "GARCIA LOPEZ"},
        "date_of_birth": "1984-05-17",
        "ssn": "536904399",
        "address": {"line1": "12 Elm St", "city": "Springfield", "state": "NY", "zip": "12345"},
        "email": "maria@mail.test",
        "language": "es",
    },
    "policy": {
        "policy_number": "BH-77001",
        "plan": "Silver Harbor 3000",
        "kind": "health",
        "premium_cents": 41_255,
        "subsidy_cents": 20_000,
        "coverage_start_on": "2027-01-01",
    },
}

RIGHT_ANSWERS = {"plan": "Silver Harbor 3000", "premium": "$412.55", "zip": "12345"}


def account(**changes: Any) -> dict[str, Any]:
    """Maria's registration, with other top-level fields; `None` leaves a field out."""
    body = {**deepcopy(ACCOUNT), **changes}
    return {name: value for name, value in body.items() if value is not None}


def enrollment(control_number: str = "C-0001", **changes: Any) -> dict[str, Any]:
    """Maria's enrollment; `changes` by path with `__`, such as `member__ssn="..."`; `None` leaves a field out."""
    body = deepcopy(ENROLLMENT) | {"control_number": control_number}
    for path, value in changes.items():
        *folders, name = path.split("__")
        place = body
        for folder in folders:
            place = place[folder]
        if value is None:
            place.pop(name, None)
        else:
            place[name] = value
    return body
