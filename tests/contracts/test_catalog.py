"""What every catalog promises about records: versions, duplicates, counters, and what it must remember."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pytest

from sightsync.errors import DuplicateImage, ImageChanged
from sightsync.images import AnalysisState, Match, Status, Step, now
from sightsync.ports import Calibration, Catalog, Equal, Everything
from sightsync.records import revise
from tests.contracts.conftest import OpenCatalog
from tests.records import NOON, a_draft, an_image, ids, listed, put

# --- versions ---


def test_a_record_comes_back_as_it_was_put(catalog: Catalog) -> None:
    image = an_image(
        title="Ünïcode 東京 🎈 \u202eright to left",
        description="line\none <script>'\"; DROP TABLE images --",
        match=Match(verdict="partly", z=-0.25, score=61.5),
        steps=(Step(name="received", outcome="ok", ms=3, at=NOON),),
        checks=("uncategorised",),
    )
    stored = catalog.put(image, 0)
    assert stored == image.but(version=1, updated_at=stored.updated_at)
    assert stored.updated_at > image.updated_at
    assert catalog.get(image.id) == stored


def test_each_write_carries_the_version_it_replaces(catalog: Catalog) -> None:
    first = put(catalog)
    second = catalog.put(first.but(title="Evening"), 1)
    assert second.version == 2
    for stale in (0, 1, 3):
        with pytest.raises(ImageChanged):
            catalog.put(first.but(title="Morning"), stale)
    assert catalog.get(first.id) == second


def test_a_record_that_is_not_there_has_version_zero(catalog: Catalog) -> None:
    with pytest.raises(ImageChanged):
        catalog.put(an_image(), 1)
    gone = put(catalog)
    catalog.delete(gone.id)
    with pytest.raises(ImageChanged):
        catalog.put(gone, 1)
    assert catalog.get(gone.id) is None
    assert catalog.put(gone, 0).version == 1


def test_many_writers_lose_no_update(open_catalog: OpenCatalog) -> None:
    catalogs = [open_catalog() for _ in range(3)]
    image = put(catalogs[0], tags=())

    def tag(number: int) -> None:
        done = None
        while done is None:
            try:
                current = catalogs[number % 3].get(image.id)
                assert current is not None
                done = catalogs[number % 3].put(current.but(tags=(*current.tags, f"t{number}")), current.version)
            except ImageChanged:
                continue

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(tag, range(60)))
    stored = catalogs[0].get(image.id)
    assert stored is not None
    assert stored.version == 61
    assert sorted(stored.tags) == sorted(f"t{number}" for number in range(60))


def test_revise_writes_over_the_newest_record(catalog: Catalog) -> None:
    image = put(catalog)
    catalog.put(image.but(title="By its owner"), 1)
    stored = revise(catalog, image.id, lambda current: current.but(analysis=AnalysisState.FAILED))
    assert stored is not None
    assert (stored.title, stored.analysis, stored.version) == ("By its owner", AnalysisState.FAILED, 3)


# --- duplicates ---


def test_one_owner_has_one_live_ready_image_of_the_same_bytes(catalog: Catalog) -> None:
    first = put(catalog, sha256="a" * 64)
    with pytest.raises(DuplicateImage) as refused:
        put(catalog, sha256="a" * 64)
    assert refused.value.existing_id == first.id
    put(catalog, sha256="a" * 64, owner="ada")
    waiting = catalog.put(a_draft(sha256="a" * 64), 0)
    with pytest.raises(DuplicateImage):
        catalog.put(waiting.but(status=Status.READY), 1)
    assert catalog.get(waiting.id) == waiting


def test_an_image_is_no_duplicate_of_itself_nor_of_one_in_the_bin(catalog: Catalog) -> None:
    first = put(catalog, sha256="a" * 64)
    first = catalog.put(first.but(title="Again", deleted_at=NOON), 1)
    second = put(catalog, sha256="a" * 64)
    with pytest.raises(DuplicateImage) as refused:
        catalog.put(first.but(deleted_at=None), 2)
    assert refused.value.existing_id == second.id
    catalog.delete(second.id)
    assert catalog.put(first.but(deleted_at=None), 2).version == 3


def test_images_without_a_hash_are_never_duplicates(catalog: Catalog) -> None:
    put(catalog, sha256=None)
    put(catalog, sha256=None)
    assert len(listed(catalog)) == 2


def test_images_of_the_same_bytes_come_ready_first_then_oldest(catalog: Catalog) -> None:
    waiting = [catalog.put(a_draft(sha256="a" * 64, created_at=NOON + timedelta(hours=h)), 0) for h in (2, 1)]
    ready = put(catalog, sha256="a" * 64, created_at=NOON + timedelta(hours=3))
    put(catalog, sha256="a" * 64, owner="ada")
    put(catalog, sha256="a" * 64, deleted_at=NOON)
    put(catalog, sha256="b" * 64)
    assert ids(catalog.by_sha256("local", "a" * 64)) == [ready.id, waiting[1].id, waiting[0].id]


# --- reading ---


def test_images_come_in_the_order_asked(catalog: Catalog) -> None:
    images = [put(catalog) for _ in range(4)]
    asked = [images[2].id, "nobody", images[0].id, images[3].id]
    assert catalog.get_many(asked) == [images[2], images[0], images[3]]
    assert catalog.get_many([]) == []
    assert len(catalog.get_many([str(number) for number in range(2000)] + [images[1].id])) == 1


def test_half_a_surrogate_pair_is_nobody(catalog: Catalog) -> None:
    put(catalog)
    assert catalog.get("\ud800") is None
    assert catalog.get_many(["\ud800"]) == []
    assert catalog.vectors(["\ud800"], "\ud800") == {}
    assert catalog.by_sha256("\ud800", "\ud800") == []
    assert catalog.coloured(["\ud800"], Everything, 5) == []
    assert listed(catalog, Equal("owner", "\ud800")) == []
    catalog.delete("\ud800")


def test_a_deleted_record_leaves_nothing_behind(catalog: Catalog) -> None:
    image = catalog.put(an_image(), 0, {"palette@1": {"image": np.array([1, 0], np.float32)}})
    catalog.delete(image.id)
    catalog.delete("nobody")
    assert catalog.get(image.id) is None
    assert catalog.get_many([image.id]) == []
    assert listed(catalog) == []
    assert catalog.vectors([image.id], "palette@1") == {}
    assert catalog.counts(Everything, "category") == {}


# --- what must outlive a process ---


def test_a_calibration_outlives_the_process(open_catalog: OpenCatalog) -> None:
    means = {name: np.arange(3, dtype=np.float32) / n for n, name in enumerate(("mean_image", "mean_text", "generic_text"), 1)}
    written = Calibration(
        "clip@1", "v1", **means, scale_image_text=0.1, scale_text_text=0.2, scale_image_image=0.3, a=2, b=1.2, generic_cosine=0.6
    )
    open_catalog().put_calibration(written)
    read = open_catalog().calibration("clip@1")
    assert read is not None
    for name, mean in means.items():
        array = getattr(read, name)
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, mean)
    assert (read.space, read.version, read.a, read.b, read.scale_text_text, read.fitted) == ("clip@1", "v1", 2, 1.2, 0.2, False)
    assert read.generic_cosine == 0.6
    assert open_catalog().calibration("other") is None


def test_a_newer_calibration_replaces_the_older(catalog: Catalog) -> None:
    mean = np.zeros(2, np.float32)
    for version in ("v1", "v2"):
        catalog.put_calibration(Calibration("clip@1", version, mean, mean, mean, 1, 1, 1, 2, 1.2))
    read = catalog.calibration("clip@1")
    assert read is not None
    assert read.version == "v2"


@pytest.mark.parametrize("value", ["clip@1", 3, 2.5, None, True, [1, {"a": ["é", "\0"]}], {}, ""])
def test_what_is_remembered_is_recalled_by_another_process(open_catalog: OpenCatalog, value: object) -> None:
    first = open_catalog()
    first.remember("active_space", "before")
    first.remember("active_space", value)
    assert open_catalog().recall("active_space") == value
    assert first.recall("nothing") is None


def test_a_counter_adds_up_and_starts_again_once_expired(catalog: Catalog) -> None:
    later = now() + timedelta(hours=1)
    assert catalog.add("quota:ada", 3, later) == 3
    assert catalog.add("quota:ada", 20 * 1024**3, later) == 3 + 20 * 1024**3
    assert catalog.add("quota:bob", 1, now() - timedelta(seconds=1)) == 1
    assert catalog.add("quota:bob", 1, later) == 1
    assert catalog.add("quota:bob", -1, later) == 0


def test_no_count_is_lost_among_many_threads(open_catalog: OpenCatalog) -> None:
    catalogs = [open_catalog(), open_catalog()]
    later = now() + timedelta(hours=1)
    with ThreadPoolExecutor(8) as threads:
        totals = list(threads.map(lambda n: catalogs[n % 2].add("budget", 1, later), range(200)))
    assert sorted(totals) == list(range(1, 201))


def test_a_healthy_catalog_says_nothing(catalog: Catalog) -> None:
    catalog.health()
