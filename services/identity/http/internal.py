"""What the gateway asks: who is behind this token or key."""

from services.identity.http.internal_schemas import KeyBody, PartnerResolved, SessionResolved, TokenBody
from services.identity.usecases.parts import Parts
from services.identity.usecases.resolve_partner_key import resolve_partner_key
from services.identity.usecases.resolve_session import resolve_session
from shared.http.routes import Call


async def resolve_session_token(call: Call[Parts, TokenBody]) -> SessionResolved:
    """A service token for the session, which is noted as used."""
    parts, token = call.parts, call.body.token.get_secret_value()
    # `read`, though it notes the last use: one statement needs no BEGIN, may be repeated and has nobody to wake
    resolved, signed = await parts.db.read(lambda tx: resolve_session(tx, parts.signer, parts.rules, token))
    return SessionResolved(
        service_token=signed.token,
        expires_in_seconds=signed.expires_in_seconds,
        session_id=resolved.session_id,
        account_id=resolved.account_id,
        member_id=resolved.member_id,
        audience="member",
    )


async def resolve_key(call: Call[Parts, KeyBody]) -> PartnerResolved:
    """A service token for the partner."""
    parts, key = call.parts, call.body.key.get_secret_value()
    partner_id, signed = await parts.db.read(lambda tx: resolve_partner_key(tx, parts.signer, parts.rules, key))
    return PartnerResolved(
        service_token=signed.token,
        expires_in_seconds=signed.expires_in_seconds,
        partner_id=partner_id,
        audience="partner",
    )
