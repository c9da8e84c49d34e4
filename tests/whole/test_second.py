"""One home has one supervisor, one site one writer: whoever comes second is told who holds it."""

from tests.whole.conftest import WHOLE, Scene

pytestmark = WHOLE

STOPPED_WRITING = 75


async def test_a_second_engine_refuses_to_write(scene: Scene) -> None:
    """Started by hand on the same data: it names the first one, and the first one does not notice."""
    centre = scene.centre
    before = centre.pid("engine")
    seq = int((await centre.until_healthy())["seq"])

    done = await centre.command("engine")

    assert done.returncode == STOPPED_WRITING
    said = done.stderr
    assert f"pid {before}" in said, said
    assert str(centre.home) in said
    assert "Another engine writes" in said
    assert centre.pid("engine") == before
    status, health = await centre.health()
    assert status == 200 or health["reasons"] == ["loop_slow"]
    assert health["write_lock"] is True
    assert int(health["seq"]) - seq < 10, "the second one has written nothing"
    await scene.admin.put("/api/v1/skills/1", await skill(scene))


async def test_a_second_supervisor_is_refused(scene: Scene) -> None:
    centre = scene.centre
    assert centre.process is not None
    children = {path.name: path.read_text() for path in (centre.home / "run").glob("*.pid")}

    done = await centre.command("serve", "--port", str(centre.port))

    assert done.returncode == 1
    assert f"pid {centre.process.pid}" in done.stderr, done.stderr
    assert str(centre.home) in done.stderr
    assert children == {path.name: path.read_text() for path in (centre.home / "run").glob("*.pid")}
    await centre.until_healthy()


async def skill(scene: Scene) -> dict[str, str]:
    found = await scene.admin.get("/api/v1/skills/1")
    return {"name": found["name"]}
