"""Make, show and secure an account."""

from uuid import uuid4

from services.identity.domain.device import device_name
from services.identity.domain.passwords import Personal, WeakPassword
from services.identity.domain.ssn import parse_ssn
from services.identity.domain.throttle import network_of
from services.identity.http.account_schemas import AccountMade, AccountShown, AddressShown, NewAccount, NewPassword
from services.identity.http.births import check_births
from services.identity.http.problems import weak_password
from services.identity.usecases.change_password import PasswordChange, change_password
from services.identity.usecases.parts import Parts
from services.identity.usecases.register_account import Registration, UsernameTaken, register_account
from services.identity.usecases.show_account import show_account
from services.identity.usecases.throttle_username_probes import check_username_probes, count_username_probe
from shared.http.routes import Call


async def create(call: Call[Parts, NewAccount]) -> AccountMade:
    """Make an account; the password is judged and hashed before anything is written."""
    parts, body = call.parts, call.body
    check_births({"/date_of_birth": body.date_of_birth}, call.now())
    network = network_of(call.client_address)
    await parts.db.read(lambda tx: check_username_probes(tx, network))
    name = body.legal_name.name()
    ssn = parse_ssn(body.ssn.get_secret_value())
    personal = Personal((name.first, name.middle or "", name.last, body.username, body.email, ssn.digits))
    password_hash = await parts.hasher.hash_new(body.password.get_secret_value(), personal, parts.rules.password)
    wanted = Registration(
        account_id=uuid4(),
        legal_name=name,
        date_of_birth=body.date_of_birth,
        ssn=ssn,
        username=body.username,
        password_hash=password_hash,
        email=body.email,
        phone=body.phone,
        language=body.language,
        network=network,
    )
    try:
        account = await parts.db.write(lambda tx: register_account(tx, parts.keys, wanted, call.now()))
    except UsernameTaken:
        await parts.db.write(lambda tx: count_username_probe(tx, parts.rules.username_probes, network))
        raise
    return AccountMade(account_id=account.account_id, status=account.status)


async def show(call: Call[Parts, None]) -> AccountShown:
    """One's own account."""
    view = await call.parts.db.read(lambda tx: show_account(tx, call.parts.keys, call.account_id))
    account, address = view.account, view.mailing_address
    return AccountShown(
        account_id=account.account_id,
        status=account.status,
        username=account.username,
        legal_name=account.legal_name,
        date_of_birth=account.date_of_birth,
        ssn_last4=view.ssn_last4,
        email=account.email,
        phone=account.phone,
        language=account.language,
        mailing_address=AddressShown(line1=address.line1, city=address.city, state=address.state, zip=address.zip_code)
        if address
        else None,
    )


async def change_own_password(call: Call[Parts, NewPassword]) -> None:
    """Put a new password in the place of the old one."""
    parts = call.parts
    change = PasswordChange(
        account_id=call.account_id,
        session_id=call.caller.session_id if call.caller else None,
        old=call.body.old_password.get_secret_value(),
        new=call.body.new_password.get_secret_value(),
        network=network_of(call.client_address),
        device=device_name(call.user_agent),
    )
    try:
        await change_password(parts.db, parts.hasher, parts.rules, change, call.now())
    except WeakPassword as error:
        raise weak_password(error, "/new_password") from None
