"""What colleagues wrote is there after the web process was killed, once, whatever its writer's page knew."""

from uuid import uuid4

from tests.slowness import patience
from tests.whole.centre import until
from tests.whole.conftest import WHOLE, Scene

pytestmark = WHOLE


async def test_a_message_outlives_the_process_that_took_it_and_is_there_once(scene: Scene) -> None:
    writer, reader = scene.agents[0], scene.agents[1]
    body = {"person_id": reader.agent_id, "text": f"kept {uuid4()}", "key": str(uuid4())}
    first = await writer.api.post("/api/v1/chat/messages", body)
    before = await reader.api.get("/api/v1/chat/threads")

    scene.centre.kill("web")
    await scene.centre.until_healthy()

    # The page did not hear the answer: it sends the same message again, until it hears one.
    async def again() -> int:
        return int((await writer.api.post("/api/v1/chat/messages", body))["id"])

    assert await until(again, bool, patience(20)) == first["id"]
    after = await reader.api.get("/api/v1/chat/threads")
    assert after["unread"] == before["unread"]
    found = await reader.api.get("/api/v1/chat/search", find=body["text"])
    assert [one["id"] for one in found] == [first["id"]]
