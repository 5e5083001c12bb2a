"""Forgot Password: ask for a link by e-mail, look whether it can still be used, set a new password by it."""

from uuid import uuid4

from services.identity.domain.device import device_name
from services.identity.domain.throttle import network_of
from services.identity.http.password_reset_schemas import NewPasswordReset, PasswordResetAsked, ResetPassword
from services.identity.usecases.ask_password_reset import ask_password_reset
from services.identity.usecases.check_reset_link import check_reset_link
from services.identity.usecases.parts import Parts
from services.identity.usecases.reset_password import PasswordReset, reset_password
from shared.http.routes import Call

ASKED = PasswordResetAsked(
    message="If there is such an account, an e-mail with a link is on its way. Follow the link to set a new password."
)


async def ask(call: Call[Parts, NewPasswordReset]) -> PasswordResetAsked:
    """Note the request down; the answer is the same for everybody."""
    parts, name, request_id = call.parts, call.body.name, uuid4()
    network = network_of(call.client_address)
    await parts.db.write(lambda tx: ask_password_reset(tx, parts.keys, request_id, name, network))
    return ASKED


async def check(call: Call[Parts, None]) -> None:
    """Pass while the link can be used."""
    await call.parts.db.read(lambda tx: check_reset_link(tx, call.path["token"]))


async def use(call: Call[Parts, ResetPassword]) -> None:
    """Set the new password; the link is used up and all sessions end."""
    parts = call.parts
    reset = PasswordReset(
        token=call.path["token"],
        new=call.body.password.get_secret_value(),
        network=network_of(call.client_address),
        device=device_name(call.user_agent),
    )
    await reset_password(parts.db, parts.hasher, parts.rules, reset, call.now())
