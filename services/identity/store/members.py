"""Member records."""

from datetime import date
from uuid import UUID

from asyncpg import Record

from services.identity.domain.member import Address, Member
from services.identity.domain.sealed import Sealed
from shared.contracts.identity import LegalName
from shared.db import Tx

COLUMNS = """member_id, exchange_member_id, first_name, middle_name, last_name, suffix, date_of_birth, ssn_index,
       address_line1, city, state, zip_code, email, phone, language"""

INSERT = """
INSERT INTO member (member_id, exchange_member_id, first_name, middle_name, last_name, suffix, name_key, date_of_birth,
                    ssn_key_id, ssn_sealed, ssn_index, address_line1, city, state, zip_code, email, phone, language)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $16, $17, $18, $9, $10, $11, $12, $13, $14, $15)
"""
UPDATE = """
UPDATE member
   SET exchange_member_id = $2, first_name = $3, middle_name = $4, last_name = $5, suffix = $6, name_key = $7,
       date_of_birth = $8, address_line1 = $9, city = $10, state = $11, zip_code = $12, email = $13, phone = $14,
       language = $15, ssn_key_id = coalesce($16, ssn_key_id), ssn_sealed = coalesce($17, ssn_sealed),
       ssn_index = coalesce($18, ssn_index), updated_at = now()
 WHERE member_id = $1
"""
FIND = f"""
SELECT {COLUMNS}
  FROM member
 WHERE member_id = $1
"""  # noqa: S608 - the column list is a constant
FIND_BY_EXCHANGE_ID = f"""
SELECT {COLUMNS}
  FROM member
 WHERE exchange_member_id = $1
"""  # noqa: S608 - the column list is a constant
FIND_BY_SSN = f"""
SELECT {COLUMNS}
  FROM member
 WHERE ssn_index = $1 AND date_of_birth = $2
"""  # noqa: S608 - the column list is a constant
LIST_BY_NAME = f"""
SELECT {COLUMNS}
  FROM member
 WHERE date_of_birth = $1 AND name_key = $2 AND left(zip_code, 5) = left($3, 5)
 ORDER BY member_id
"""  # noqa: S608 - the column list is a constant


async def insert(tx: Tx, member: Member, ssn: Sealed | None) -> None:
    """Write a new record down; `ssn` goes with the member's `ssn_index`."""
    await tx.execute(INSERT, *_values(member, ssn))


async def update(tx: Tx, member: Member, ssn: Sealed | None) -> None:
    """Write what the latest enrollment says; without `ssn` the one that is there stays."""
    await tx.execute(UPDATE, *_values(member, ssn))


async def find(tx: Tx, member_id: UUID) -> Member | None:
    """The record, or None."""
    row = await tx.fetchrow(FIND, member_id)
    return _member(row) if row else None


async def find_by_exchange_id(tx: Tx, exchange_member_id: str) -> Member | None:
    """The record that the marketplace knows by this id, or None."""
    row = await tx.fetchrow(FIND_BY_EXCHANGE_ID, exchange_member_id)
    return _member(row) if row else None


async def find_by_ssn(tx: Tx, ssn_index: bytes, date_of_birth: date) -> Member | None:
    """The record of this SSN and birth date, or None."""
    row = await tx.fetchrow(FIND_BY_SSN, ssn_index, date_of_birth)
    return _member(row) if row else None


async def list_by_name(tx: Tx, date_of_birth: date, name_key: str, zip_code: str) -> list[Member]:
    """The records of this birth date, name and 5-digit ZIP."""
    return [_member(row) for row in await tx.fetch(LIST_BY_NAME, date_of_birth, name_key, zip_code)]


def _values(member: Member, ssn: Sealed | None) -> tuple[object, ...]:
    name, address = member.legal_name, member.address
    return (
        member.member_id,
        member.exchange_member_id,
        name.first,
        name.middle,
        name.last,
        name.suffix,
        member.name_key,
        member.date_of_birth,
        address.line1,
        address.city,
        address.state,
        address.zip_code,
        member.email,
        member.phone,
        member.language,
        ssn.key_id if ssn else None,
        ssn.blob if ssn else None,
        member.ssn_index if ssn else None,
    )


def _member(row: Record) -> Member:
    return Member(
        member_id=row["member_id"],
        exchange_member_id=row["exchange_member_id"],
        legal_name=LegalName(
            first=row["first_name"], middle=row["middle_name"], last=row["last_name"], suffix=row["suffix"]
        ),
        date_of_birth=row["date_of_birth"],
        ssn_index=row["ssn_index"],
        address=Address(row["address_line1"], row["city"], row["state"], row["zip_code"]),
        email=row["email"],
        phone=row["phone"],
        language=row["language"],
    )
