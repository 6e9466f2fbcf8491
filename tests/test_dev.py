"""One picture's journey through the local server as the page takes it, and what a stop or a restart does to it."""

import csv
import io
import signal

import pytest
from PIL import Image

from local.lock import is_served
from tests import pictures
from tests.dev_server import DevServer


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with DevServer(tmp_path_factory.mktemp("dev") / "data") as server:
        yield server


def picture(server, image, name):
    return Image.open(io.BytesIO(server.client.get(image["derivatives"][name]).content))


def test_a_picture_goes_from_ticket_to_wall(server):
    image_id = server.upload(pictures.photo(1, 800, 600), description="something drawn", title="One")
    image = server.settled([image_id], match=True)[image_id]
    assert (image["status"], image["analysis"], image["published"]) == ("ready", "done", False)
    assert (image["width"], image["height"], image["title"]) == (800, 600, "One")
    assert picture(server, image, "thumb").height == 320
    shown = server.client.patch(f"/api/images/{image_id}", json={"published": True}, headers={"If-Match": str(image["version"])})
    assert shown.status_code == 200, shown.text
    assert image_id in [hit["id"] for hit in server.client.get("/api/images").json()["images"]]


def test_the_steps_can_be_watched(server):
    image_id = server.upload(pictures.photo(2))
    server.settled([image_id], match=True)
    steps = {step["name"]: step["outcome"] for step in server.client.get(f"/api/images/{image_id}").json()["steps"]}
    assert steps["received"] == steps["validated"] == steps["derived"] == "ok"


def test_a_bad_file_is_rejected_with_a_sentence_and_its_neighbours_are_not(server):
    ids = [server.upload(body) for body in (pictures.photo(3), b"not a picture", pictures.truncated(), b"", pictures.photo(4))]
    images = server.settled(ids)
    assert [images[i]["status"] for i in ids] == ["ready", "rejected", "rejected", "rejected", "ready"]
    assert all(images[i]["reason"] and images[i]["message"] for i in ids[1:4])


def test_colour_words_are_matched_where_pixels_can_tell_and_nowhere_else(server):
    told = {"a red picture": "agrees", "a blue picture": "disagrees", "my cousin in the garden": "unknown"}
    ids = {server.upload(pictures.jpeg(200 + n, 150), description=text): text for n, text in enumerate(told)}
    images = server.settled(list(ids), match=True)
    assert {ids[i]: image["match"]["verdict"] for i, image in images.items()} == told


@pytest.mark.real_images
def test_every_real_picture_becomes_ready(server, real_images):
    with (real_images / "descriptions.csv").open(encoding="utf-8") as file:
        words = {row["file"]: row for row in csv.DictReader(file)}
    files = sorted(path for path in real_images.iterdir() if path.suffix not in (".md", ".csv"))
    assert len(files) == 15
    ids = {}
    for path in files:
        description = words[path.name]["description"]
        ids[path.name] = server.upload(path.read_bytes(), path.name, "application/octet-stream", description=description)
    images = server.settled(list(ids.values()), match=True)
    assert {name: images[i]["status"] for name, i in ids.items()} == {path.name: "ready" for path in files}
    sideways = images[ids["portrait-orientation-6.jpg"]]
    assert (sideways["width"], sideways["height"]) == (840, 700)
    for name, image_id in ids.items():
        says_nothing_of_colour = name in ("craft-beer-24mp.jpg", "photo.heic", "silver_fir.jpg")
        right = {"agrees", "partly"} if words[name]["matches"] == "true" else {"disagrees"}
        assert images[image_id]["match"]["verdict"] in ({"unknown"} if says_nothing_of_colour else right), name
    for image in images.values():
        for name in ("thumb", "row", "display"):
            derivative = picture(server, image, name)
            assert not derivative.getexif()
            assert not {"exif", "xmp", "comment"} & set(derivative.info)


def test_the_second_start_has_everything_that_the_first_had(tmp_path):
    odd_name = "50% of #1? ä"
    with DevServer(tmp_path / odd_name) as first:
        image_id = first.upload(pictures.photo(5), title="Kept")
        image = first.settled([image_id], match=True)[image_id]
        thumb = first.client.get(image["derivatives"]["thumb"]).content
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == [odd_name]
    with DevServer(tmp_path / odd_name) as second:
        assert second.settled([image_id])[image_id] == image
        assert second.client.get(image["derivatives"]["thumb"]).content == thumb


def test_a_server_killed_with_work_in_hand_goes_on_with_it_at_the_next_start(tmp_path):
    with DevServer(tmp_path / "data") as first:
        ids = [first.upload(pictures.photo(seed)) for seed in range(10, 22)]
        assert is_served(tmp_path / "data")
        assert first.end(signal.SIGKILL) == -signal.SIGKILL
        assert not is_served(tmp_path / "data")
    with DevServer(tmp_path / "data") as second:
        images = second.settled(ids)
        assert {image["status"] for image in images.values()} == {"ready"}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_when_asked_to(tmp_path, how):
    with DevServer(tmp_path / "data") as server:
        server.upload(pictures.photo(6))
        assert server.end(how) == 0
    assert "Traceback" not in server.errors()


def test_two_servers_may_share_a_gallery(tmp_path):
    with DevServer(tmp_path / "data") as one, DevServer(tmp_path / "data") as two:
        ids = [server.upload(pictures.photo(seed)) for seed, server in enumerate([one, two] * 4, start=30)]
        for server in (one, two):
            assert {image["status"] for image in server.settled(ids).values()} == {"ready"}
