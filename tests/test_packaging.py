"""Templates and cases are found from a wheel, from an editable install and from a checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOW = """
import sys
from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.templates import content_dir
print(content_dir("prompts"), content_dir("evals"), sep="\\n")
print(len(TerraformCloudToolkit(token="x").get_tools()))
assert "Every change asks a person first" in TerraformCloudToolkit(token="x").system_prompt()
"""


def run(*command: object, cwd: Path, **environment: str) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_TARGET"))}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that git knows, so that nothing lying about in the tree helps."""
    folder = tmp_path_factory.mktemp("source")
    listed = run("git", "ls-files", "-co", "--exclude-standard", "-z", cwd=ROOT).split("\0")
    for name in filter(None, listed):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, cwd=source)
    return next(out.glob("*.whl"))


@pytest.mark.timeout(120)
def test_from_a_wheel(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    run(
        sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", target, wheel, cwd=tmp_path
    )
    shown = run(sys.executable, "-c", SHOW, cwd=tmp_path, PYTHONPATH=str(target)).splitlines()
    package = target / "tfc_agent_tools"
    assert shown == [str(package / "prompts"), str(package / "evals"), "68"]


@pytest.mark.timeout(120)
def test_from_an_editable_install(source: Path, tmp_path: Path) -> None:
    """As `pip install -e` leaves it: a `.pth` file that names the checkout."""
    target = tmp_path / "installed"
    flags = ("-q", "--no-deps", "--no-index", "--no-build-isolation", "--target", target)
    run(sys.executable, "-m", "pip", "install", *flags, "-e", source, cwd=tmp_path)
    code = f"import site; site.addsitedir({str(target)!r})\n{SHOW}"
    shown = run(sys.executable, "-S", "-c", code, cwd=tmp_path, PYTHONPATH=libraries()).splitlines()
    assert shown == [str(source / "prompts"), str(source / "evals"), "68"]


def test_from_a_checkout(source: Path, tmp_path: Path) -> None:
    shown = run(sys.executable, "-c", SHOW, cwd=tmp_path, PYTHONPATH=str(source)).splitlines()
    assert shown == [str(source / "prompts"), str(source / "evals"), "68"]


def test_the_wheel_holds_every_template_and_the_marker_for_type_checkers(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    templates = {f"tfc_agent_tools/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "prompts").rglob("*.j2")}
    assert templates
    assert templates <= held
    assert "tfc_agent_tools/py.typed" in held
    assert {f"tfc_agent_tools/evaluation/report/report.{kind}" for kind in ("html.j2", "css", "js")} <= held
    assert not [name for name in held if name.startswith(("tests/", "shared/"))]


def libraries() -> str:
    return os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
