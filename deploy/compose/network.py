"""The portal as its containers see it: who answers under which name, and what each service is told in secret.

docker-compose.yml gives the same names and ports to its services. Next: `secrets.py` writes the secrets down for them.
"""

from deploy.database import DATABASE
from deploy.local.keys import Keys
from deploy.services import WITH_DATABASE

HTTP_PORT = 8080


class Network:
    """Addresses in the network of containers; a `deploy.local.portal.Portal`."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    @property
    def operator_dsn(self) -> str:
        """The database, for its superuser."""
        return _dsn("postgres", self._keys["postgres_operator"])

    def owner_dsn(self, service: str) -> str:
        """The database, for the role that changes a service's schema."""
        role = f"{service}_owner"
        return _dsn(role, self._keys[f"postgres_{role}"])

    def url(self, name: str) -> str:
        """Where a service or the processor answers HTTP."""
        return f"http://{name}:{HTTP_PORT}"

    def secrets_of(self, service: str) -> dict[str, str]:
        """What a service is told that nobody else may know, by setting."""
        secrets = {**self._keys.of_service(service), "AMQP_URL": _amqp_url(service, self._keys[f"amqp_{service}"])}
        if service in WITH_DATABASE:
            role = f"{service}_app"
            secrets["POSTGRES_DSN"] = _dsn(role, self._keys[f"postgres_{role}"])
        return secrets

    def settings(self, name: str) -> dict[str, str]:
        """The secret part of a service's environment; the rest stands in docker-compose.yml, beside the step."""
        return {f"PORTAL_{setting}": text for setting, text in self.secrets_of(name).items()}


def _dsn(role: str, password: str) -> str:
    return f"postgresql://{role}:{password}@postgres:5432/{DATABASE}"


def _amqp_url(user: str, password: str) -> str:
    return f"amqp://{user}:{password}@rabbitmq:5672/"
