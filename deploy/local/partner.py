"""The partner's key of a stack: made once by identity's operator command, as a real one would be."""

from deploy.local.memory import Memory
from deploy.local.portal import Portal, output_of

PARTNER = "State marketplace"


async def partner_key(portal: Portal, memory: Memory) -> str:
    """The key, from memory or made now. Raises StepFailed."""
    known = memory.find("partner_key")
    if known is not None:
        return known
    key = (await output_of(portal, "identity", "partner-key", "add", PARTNER)).split()[-1]
    memory.keep("partner_key", key)
    return key
