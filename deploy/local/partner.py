"""The partner's key of a stack: made once by identity's operator command, as a real one would be."""

from deploy.local.lineup import Lineup
from deploy.local.memory import Memory
from deploy.local.operating import output_of

PARTNER = "State marketplace"


async def partner_key(lineup: Lineup, memory: Memory) -> str:
    """The key, from memory or made now. Raises PartFailed."""
    known = memory.find("partner_key")
    if known is not None:
        return known
    key = (await output_of(lineup, "identity", "partner-key", "add", PARTNER)).split()[-1]
    memory.keep("partner_key", key)
    return key
