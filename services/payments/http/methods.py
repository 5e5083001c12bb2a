"""`/v1/payment-methods`: save a card, list the saved ones, remove one."""

from uuid import uuid4

from services.payments.domain.method import Card, Method
from services.payments.http.schemas_methods import MethodShown, MethodsPage, NewMethod
from services.payments.providers.processor import CardTokenRefused, Processor
from services.payments.store import methods
from services.payments.store.methods import MethodNotFound
from services.payments.usecases.add_method import add_method as add
from services.payments.usecases.parts import Parts
from services.payments.usecases.remove_method import remove_method as remove
from shared.crash import crash_point
from shared.db import Tx
from shared.http.problems import FieldError, Problem, not_found
from shared.http.routes import Call


async def add_method(call: Call[Parts, NewMethod]) -> MethodShown:
    """Have the processor keep the card, then save what may be shown of it."""
    card = await kept_card(call.parts.processor, call.body.token, "/token")
    method_id, now = uuid4(), call.now()

    async def save(tx: Tx) -> Method:
        return await add(tx, method_id, call.member_id, card=card, label=call.body.label, now=now)

    return MethodShown.of(await call.parts.db.write(save))


async def list_methods(call: Call[Parts, None]) -> MethodsPage:
    """The member's saved methods."""
    found = await call.parts.db.read(lambda tx: methods.list_usable(tx, call.member_id))
    return MethodsPage(items=tuple(MethodShown.of(method) for method in found))


async def remove_method(call: Call[Parts, None]) -> None:
    """Remove one of the member's methods; payments made with it stay as they are."""
    method_id, now = call.uuid("method_id"), call.now()
    try:
        await call.parts.db.write(lambda tx: remove(tx, method_id, call.member_id, now))
    except MethodNotFound:
        raise not_found() from None


async def kept_card(processor: Processor, token: str, pointer: str) -> Card:
    """Have the processor keep the card behind a token. Raises Problem naming the field, ProcessorUnavailable."""
    crash_point("methods.saving")
    try:
        card = await processor.save_card(token)
    except CardTokenRefused:
        error = FieldError(pointer, "The card processor does not take this token. Please enter the card again.")
        raise Problem(422, "invalid-fields", "Some fields need to be corrected.", errors=[error]) from None
    crash_point("methods.saved")
    return card
