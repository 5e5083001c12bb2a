"""The rights table of the broker: who may do what with which thing there. `test_rights_broker.py` tries all of it out.

What a service may announce is not repeated here: that test walks every contract class with every user.
"""

from typing import NamedTuple


class Deed(NamedTuple):
    """What a user tries with a queue ("": one that the broker names) or an exchange ("": the default one).

    `key` is a routing key, or exchange and key of a binding.
    """

    user: str
    verb: str
    thing: str
    key: str = ""


ALLOWED = (
    Deed("identity", "publish", "portal.private", "member.enrolled.v1.evergreen"),
    Deed("payments", "publish", "portal.events", "payment.succeeded.v1.evergreen"),
    Deed("payments", "publish", "portal.events", "payment.succeeded.v1.none"),
    Deed("payments", "read", "payments.inbox"),
    Deed("notify", "read", "notify.inbox"),
    Deed("gateway", "declare", "gateway.sessions.one"),
    Deed("gateway", "bind", "gateway.sessions.one", "portal.private session.ended.v1.*"),
    Deed("gateway", "read", "gateway.sessions.one"),
    Deed("subscriber", "declare", "subscriber.mine"),
    Deed("subscriber", "bind", "subscriber.mine", "portal.events payment.#"),
    Deed("subscriber", "read", "subscriber.mine"),
    Deed("subscriber", "declare", ""),
    Deed("subscriber.acme", "read", "subscriber.acme.inbox"),
    Deed("subscriber.acme", "read", "subscriber.acme.history"),
    Deed("subscriber.brook", "read", "subscriber.brook.inbox"),
)
"""`subscriber` is the sandbox's reader of everything public; acme hears payments of evergreen, brook hears other
insurers."""

REFUSED = (
    # a service says its own facts, in full, and nothing else anywhere
    Deed("identity", "publish", "portal.private", "member.enrolled.v1"),
    Deed("payments", "publish", "portal.events", "payment.succeeded"),
    Deed("payments", "publish", "portal.events", "payment.#"),
    Deed("payments", "publish", "", "notify.inbox"),
    Deed("payments", "publish", "portal.unrouted", "any"),
    Deed("payments", "publish", "portal.dead", "notify"),
    Deed("notify", "publish", "amq.topic", "any"),
    # it reads its own inbox only: not another's, not what was put aside, not what nobody heard
    Deed("payments", "read", "notify.inbox"),
    Deed("notify", "read", "payments.inbox"),
    Deed("identity", "read", "payments.inbox"),
    Deed("payments", "read", "payments.dead"),
    Deed("payments", "read", "portal.unrouted"),
    Deed("payments", "read", "subscriber.acme.inbox"),
    # it declares, binds and removes nothing, not even its own
    Deed("payments", "declare", "payments.copy"),
    Deed("payments", "declare", "payments.inbox.copy"),
    Deed("payments", "declare", ""),
    Deed("payments", "bind", "payments.inbox", "portal.private account.#"),
    Deed("payments", "bind", "payments.inbox", "portal.events #"),
    Deed("payments", "purge", "notify.inbox"),
    Deed("payments", "delete", "payments.inbox"),
    Deed("payments", "declare exchange", "payments.exchange"),
    Deed("payments", "delete exchange", "portal.events"),
    # the gateway hears that sessions ended, and says nothing
    Deed("gateway", "publish", "portal.events", "payment.succeeded.v1.none"),
    Deed("gateway", "publish", "portal.private", "session.ended.v1.none"),
    Deed("gateway", "read", "payments.inbox"),
    Deed("gateway", "declare", "payments.copy"),
    Deed("gateway", "bind", "gateway.sessions.one", "portal.private #"),
    Deed("gateway", "bind", "gateway.sessions.one", "portal.private account.verified.v1.*"),
    Deed("gateway", "bind", "gateway.sessions.one", "portal.events #"),
    # the sandbox's reader: public facts, in queues of its own
    Deed("subscriber", "publish", "portal.events", "payment.succeeded.v1.evergreen"),
    Deed("subscriber", "publish", "portal.private", "account.verified.v1.none"),
    Deed("subscriber", "publish", "", "payments.inbox"),
    Deed("subscriber", "publish", "amq.topic", "any"),
    Deed("subscriber", "bind", "subscriber.mine", "portal.private #"),
    Deed("subscriber", "read", "payments.inbox"),
    Deed("subscriber", "read", "portal.unrouted"),
    Deed("subscriber", "read", "subscriber.acme.inbox"),
    Deed("subscriber", "read", "subscriber.acme.history"),
    Deed("subscriber", "delete", "subscriber.acme.inbox"),
    Deed("subscriber", "declare", "subscriber.new.inbox"),
    Deed("subscriber", "declare", "payments.copy"),
    # a subscriber with a name: two queues to read, and that is all
    Deed("subscriber.acme", "publish", "portal.events", "payment.succeeded.v1.evergreen"),
    Deed("subscriber.acme", "publish", "portal.private", "account.verified.v1.none"),
    Deed("subscriber.acme", "publish", "", "payments.inbox"),
    Deed("subscriber.acme", "publish", "", "subscriber.acme.inbox"),
    Deed("subscriber.acme", "read", "subscriber.brook.inbox"),
    Deed("subscriber.acme", "read", "subscriber.brook.history"),
    Deed("subscriber.acme", "read", "payments.inbox"),
    Deed("subscriber.acme", "read", "portal.unrouted"),
    Deed("subscriber.acme", "bind", "subscriber.acme.inbox", "portal.events payment.*.*.birch"),
    Deed("subscriber.acme", "bind", "subscriber.acme.inbox", "portal.events #"),
    Deed("subscriber.acme", "bind", "subscriber.acme.inbox", "portal.private #"),
    Deed("subscriber.acme", "declare", "subscriber.acme.more"),
    Deed("subscriber.acme", "declare", ""),
    Deed("subscriber.acme", "purge", "subscriber.brook.inbox"),
    Deed("subscriber.acme", "delete", "subscriber.acme.inbox"),
)
