"""Changing over to another model: the old space serves until the new one is whole, then everything goes to it at once, and back."""

import subprocess
import sys
from dataclasses import replace

import pytest

from local.agreement import advice, scale
from local.reindexing import Changeover
from local.trouble import Trouble
from sightsync.adapters.changing import ChangingVision
from sightsync.errors import VisionUnavailable
from sightsync.gallery import health
from sightsync.images import now
from sightsync.ports import Everything, VisionError
from sightsync.query import parse
from sightsync.reindexing import Reindex, forget_spaces, other_spaces, roll_back
from sightsync.search import search, similar
from sightsync.services import Services
from sightsync.spaces import active_space, mismatch, previous
from tests.analysing import Gallery
from tests.dev_server import ROOT, environment
from tests.fakes import asleep
from tests.scaled import Towers, main_colour, plain

BLUE, GREEN, RED, WHITE = plain(20, 40, 200), plain(20, 200, 40), plain(210, 30, 20), plain(250, 250, 250)
SHOWS = {main_colour(BLUE): ("boat",), main_colour(GREEN): ("tree",), main_colour(RED): ("dress",)}
OLD, NEW = "towers@1", "towers@2"


@pytest.fixture
def gallery(tmp_path):
    """Three pictures in the space of one model; `coming` is another, of other dimensions."""
    gallery = Gallery(tmp_path, vision="http://old.example", vision_next="http://new.example")
    gallery.old, gallery.coming = Towers(OLD, 64, 1), Towers(NEW, 96, 2)
    gallery.old.shows = gallery.coming.shows = SHOWS
    gallery.vision = ChangingVision(gallery.old, gallery.coming, "http://new.example", gallery.catalog)
    gallery.ids = [add(gallery, body, words) for body, words in ((BLUE, "A boat"), (GREEN, "A tree"), (RED, "Bread and a chart"))]
    yield gallery
    gallery.close()


def add(gallery, body, words, **fields):
    image = gallery.upload(body, description=words, published=True, **fields)
    gallery.waiting()
    assert gallery.analyse(image) == []
    return image.id


def change(gallery, vision=None):
    parts = Services(gallery.settings, gallery.store, gallery.catalog, gallery.vision, gallery.queue)
    return Changeover(parts, vision or gallery.coming, gallery.settings.vision_next, sleep=lambda seconds: None)


def work(gallery):
    gallery.deliver(*[gallery.message(body) for body in gallery.waiting()])


def spaces(gallery):
    return {gallery.look(image_id).match.space for image_id in gallery.ids}


def found(gallery, text):
    results = search(parse(text), None, "local", None, 50, gallery.catalog, gallery.vision)
    return results.mode, [hit.image.id for hit in results.hits if hit.why.meaning and hit.likely]


# --- the whole way


def test_a_gallery_changes_over_to_another_model_at_once(gallery):
    before = {image_id: gallery.look(image_id).match.verdict for image_id in gallery.ids}
    assert change(gallery).run() == 0
    assert (active_space(gallery.catalog), spaces(gallery)) == (NEW, {NEW})
    assert {image_id: gallery.look(image_id).match.verdict for image_id in gallery.ids} == before
    assert all(gallery.look(image_id).analysis == "done" for image_id in gallery.ids)
    assert found(gallery, "tree ")[1][:1] == [gallery.ids[1]]
    assert gallery.waiting() == []


def test_the_old_space_serves_while_pictures_are_read_in_the_new(gallery):
    asked, read = [], gallery.coming.read

    def watched(*args):
        asked.append((active_space(gallery.catalog), spaces(gallery), found(gallery, "tree ")))
        return read(*args)

    gallery.coming.read = watched
    change(gallery).run()
    assert asked
    assert all(seen == (OLD, {OLD}, ("meaning+words", [gallery.ids[1]])) for seen in asked)


def test_the_new_space_has_its_scale_before_anything_goes_to_it(gallery):
    gallery.coming.vector = lambda thing: None
    with pytest.raises(VisionUnavailable):
        change(gallery).run()
    assert (active_space(gallery.catalog), gallery.catalog.calibration(NEW), spaces(gallery)) == (OLD, None, {OLD})


def test_with_both_models_set_the_one_that_speaks_the_gallerys_space_is_asked(gallery):
    assert gallery.vision.health().space == OLD
    change(gallery).run()
    assert gallery.vision.health().space == NEW
    assert mismatch(gallery.vision.health(), gallery.catalog) is None
    assert health(gallery.store, gallery.catalog, gallery.vision)["vision"]["message"] is None
    latecomer = add(gallery, WHITE, "Nothing much")
    assert gallery.look(latecomer).match.space == NEW


# --- what happens meanwhile


def test_pictures_and_words_that_come_during_the_reading_are_caught_up_with(gallery):
    read, meanwhile = gallery.coming.read, []

    def busy(*args):
        if not meanwhile and args[1][0]:  # words are shown: a picture of the gallery, no reference picture
            meanwhile.append(add(gallery, WHITE, "Arrived meanwhile"))
            gallery.edit(gallery.ids[0], description="A tree after all", read_words=None)
        return read(*args)

    gallery.coming.read = busy
    assert change(gallery).run() == 0
    assert gallery.look(meanwhile[0]).match.space == NEW
    edited = gallery.look(gallery.ids[0])
    assert (edited.match.space, edited.match.verdict) == (NEW, "disagrees")


def test_words_that_change_in_the_last_moment_are_matched_after_the_switch(gallery):
    reindex = change(gallery).work
    reindex.prepare(NEW, 1e7)
    reindex.read(NEW, reindex.unread(NEW), 1e7)
    gallery.edit(gallery.ids[0], description="A tree after all", read_words=None)
    reindex.switch(NEW)
    list(reindex.adopt(NEW))
    assert gallery.look(gallery.ids[0]).match.reason == "pending"
    work(gallery)
    assert (gallery.look(gallery.ids[0]).match.space, gallery.look(gallery.ids[0]).match.verdict) == (NEW, "disagrees")


def test_a_picture_that_comes_in_the_last_moment_is_read_by_the_gallery_itself(gallery):
    reindex = change(gallery).work
    reindex.prepare(NEW, 1e7)
    reindex.read(NEW, reindex.unread(NEW), 1e7)
    late = add(gallery, WHITE, "Arrived late")
    reindex.switch(NEW)
    list(reindex.adopt(NEW))
    work(gallery)
    assert gallery.look(late).match.space == NEW


def test_a_deleted_picture_is_not_read_and_not_brought_back(gallery):
    gallery.edit(gallery.ids[0], deleted_at=now())
    change(gallery).run()
    gone = gallery.catalog.get(gallery.ids[0])
    assert gone.deleted_at is not None
    assert gallery.catalog.vectors([gone.id], NEW) == {}


def test_what_an_owner_kept_stays_kept(gallery):
    wrong = gallery.ids[2]
    assert "words_disagree" in gallery.look(wrong).checks
    gallery.edit(wrong, reviewed=True, checks=(), kept=("words_disagree",))
    change(gallery).run()
    assert (gallery.look(wrong).checks, gallery.look(wrong).kept) == ((), ("uncategorised", "words_disagree"))


# --- interruptions


def test_an_interrupted_run_goes_on_where_it_stopped(gallery):
    for n in range(12):
        add(gallery, plain(20 * n, 250, 250), f"Number {n}")
    read, shown = gallery.coming.read, []

    def dying(*args):
        if args[1][0]:
            shown.append(len(args[0]))
            if len(shown) == 2:
                raise KeyboardInterrupt
        return read(*args)

    gallery.coming.read = dying
    with pytest.raises(KeyboardInterrupt):
        change(gallery).run()
    assert (active_space(gallery.catalog), spaces(gallery)) == (OLD, {OLD})
    gallery.coming.read = lambda *args: (shown.append(len(args[0])), read(*args))[1]
    assert change(gallery).run() == 0
    assert shown == [8, 7, 7], "the first eight are not read again, and the scale is not measured again"


def test_a_model_that_sleeps_is_waited_for(gallery, capsys):
    embed, naps = gallery.coming.embed, [1, 2, 3]

    def sleepy(*args):
        if naps:
            naps.pop()
            raise asleep()
        return embed(*args)

    gallery.coming.embed = sleepy
    assert change(gallery).run() == 0
    assert capsys.readouterr().out.count("Waiting for it.") == 1


def test_a_model_that_is_exchanged_on_the_way_stops_the_run_and_nothing_is_mixed(gallery):
    read = gallery.coming.read

    def exchanged(*args):
        answer = read(*args)
        return [replace(reading, space="towers@3") for reading in answer] if args[1][0] else answer

    gallery.coming.read = exchanged
    with pytest.raises(Trouble, match="Another model"):
        change(gallery).run()
    assert gallery.catalog.vectors(gallery.ids, "towers@3") == {}
    assert active_space(gallery.catalog) == OLD


def test_one_unreadable_picture_does_not_hold_up_the_others_and_is_named(gallery, capsys):
    read = gallery.coming.read
    gallery.coming.read = lambda *args: [VisionError("odd", "No."), *read(*args)[1:]] if args[1][0] else read(*args)
    assert change(gallery).run() == 1
    assert f"{gallery.ids[0]} could not be read (odd)" in capsys.readouterr().out
    assert gallery.look(gallery.ids[0]).match.space == OLD
    assert {gallery.look(image_id).match.space for image_id in gallery.ids[1:]} == {NEW}


def test_a_model_that_cannot_read_the_gallery_is_not_switched_to(gallery):
    read = gallery.coming.read
    gallery.coming.read = lambda *args: [VisionError("odd", "No.") for _ in args[0]] if args[1][0] else read(*args)
    with pytest.raises(Trouble, match="nothing was switched"):
        change(gallery).run()
    assert active_space(gallery.catalog) == OLD


# --- and back


def test_the_way_back_is_one_command_and_reads_nothing(gallery):
    before = [gallery.look(image_id).match for image_id in gallery.ids]
    change(gallery).run()
    asked = len(gallery.old.calls)
    assert roll_back(gallery.catalog, "http://new.example") == (OLD, "http://old.example")
    list(change(gallery, gallery.old).work.adopt(OLD))
    assert [gallery.look(image_id).match for image_id in gallery.ids] == before
    assert (active_space(gallery.catalog), found(gallery, "tree ")[1][:1]) == (OLD, [gallery.ids[1]])
    assert len(gallery.old.calls) == asked + 1, "the search's own words"


def test_after_the_way_back_the_way_forward_reads_only_what_is_new(gallery):
    change(gallery).run()
    roll_back(gallery.catalog, "http://new.example")
    list(change(gallery, gallery.old).work.adopt(OLD))
    add(gallery, WHITE, "New")
    gallery.coming.calls.clear()
    assert change(gallery).run() == 0
    assert gallery.coming.count("read") == 1
    assert (active_space(gallery.catalog), spaces(gallery)) == (NEW, {NEW})


def test_what_came_after_the_switch_is_read_by_the_old_model_after_the_way_back(gallery):
    change(gallery).run()
    late = add(gallery, WHITE, "New")
    roll_back(gallery.catalog, "http://new.example")
    list(change(gallery, gallery.old).work.adopt(OLD))
    work(gallery)
    assert gallery.look(late).match.space == OLD


def test_old_vectors_stay_until_they_are_forgotten(gallery):
    change(gallery).run()
    assert gallery.catalog.vectors(gallery.ids, OLD).keys() == set(gallery.ids)
    assert previous(gallery.catalog) == (OLD, "http://old.example")
    forget_spaces(other_spaces(gallery.catalog, (NEW,)), gallery.catalog)
    assert gallery.catalog.vectors(gallery.ids, OLD) == {}
    assert [gallery.look(image_id).sights for image_id in gallery.ids] == [()] * 3
    assert (roll_back(gallery.catalog, ""), active_space(gallery.catalog), spaces(gallery)) == (None, NEW, {NEW})


def test_a_reading_under_way_is_not_forgotten_with_the_old(gallery):
    reindex = change(gallery).work
    reindex.prepare(NEW, 1e7)
    reindex.read(NEW, reindex.unread(NEW), 1e7)
    assert other_spaces(gallery.catalog, (NEW,)) == set()


# --- what needs none of it


def test_a_new_caption_model_alone_touches_no_vector(gallery, capsys):
    gallery.old.say = lambda picture: "something quite new"
    stored = gallery.catalog.vectors(gallery.ids, OLD)
    assert change(gallery, gallery.old).run() == 0
    assert "Nothing to do" in capsys.readouterr().out
    again = gallery.catalog.vectors(gallery.ids, OLD)
    assert all((again[i][kind] == stored[i][kind]).all() for i in gallery.ids for kind in stored[i])


def test_a_dry_run_says_how_many_and_how_long_and_changes_nothing(gallery, capsys):
    seconds = iter(range(0, 1000, 2))
    dry = replace(change(gallery), clock=lambda: float(next(seconds)))
    before = [gallery.look(image_id) for image_id in gallery.ids]
    assert dry.tell() == 0
    said = capsys.readouterr().out
    assert f"3 pictures are to be read in {NEW}; searches go to {OLD}." in said
    assert "that takes" in said
    assert ([gallery.look(image_id) for image_id in gallery.ids], gallery.catalog.calibration(NEW)) == (before, None)


# --- spaces never mix


def test_two_spaces_of_different_dimensions_never_meet(gallery):
    """The new model is set without a reindex: it reads what comes, and nothing of it is compared with what was there."""
    gallery.vision = gallery.coming
    late = add(gallery, BLUE + b"\0", "A boat", owner=gallery.look(gallery.ids[0]).owner)
    read = gallery.look(late)
    assert (read.match.space, read.near_duplicate_of, active_space(gallery.catalog)) == (NEW, None, OLD)
    assert found(gallery, "boat ")[0] == "words"
    assert search(parse("boat "), None, "local", None, 50, gallery.catalog, gallery.vision).reason == "other_space"
    assert "towers@1" in mismatch(gallery.vision.health(), gallery.catalog)
    told = health(gallery.store, gallery.catalog, gallery.vision)["vision"]
    assert ("search" in told["can"], told["message"]) == (False, mismatch(gallery.vision.health(), gallery.catalog))
    alike = similar(gallery.ids[0], "local", None, 50, gallery.catalog, gallery.vision)
    assert late not in [hit.image.id for hit in alike.hits if hit.why.meaning]
    assert change(gallery).run() == 0
    assert found(gallery, "boat ")[0] == "meaning+words"
    assert len(gallery.catalog.nearest(NEW, gallery.coming.embed(["boat"]).vectors[0], Everything, 9)) == 4


def test_a_sleeping_or_unknown_model_of_another_space_is_not_asked_by_a_search(gallery):
    gallery.vision = gallery.coming
    gallery.coming.calls.clear()
    found(gallery, "boat ")
    assert gallery.coming.calls == []


def test_a_gallery_with_nothing_but_samples_takes_the_space_of_its_first_own_picture(tmp_path):
    gallery = Gallery(tmp_path)
    gallery.vision = Towers(OLD)
    add(gallery, BLUE, "A sample", sample=True)
    assert active_space(gallery.catalog) == OLD
    gallery.vision = Towers(NEW, 96)
    add(gallery, GREEN, "My own")
    assert active_space(gallery.catalog) == NEW
    add(gallery, RED, "Another")
    gallery.vision = Towers(OLD)
    add(gallery, WHITE, "And one more")
    assert active_space(gallery.catalog) == NEW
    gallery.close()


def test_the_run_is_told_from_the_store_that_is_away(gallery):
    from sightsync.errors import StoreUnavailable

    class Away:
        def __getattr__(self, name):
            def fail(*args, **kwargs):
                raise StoreUnavailable("away")

            return fail

    reindex = change(gallery).work
    away = Reindex(reindex.catalog, Away(), reindex.queue, reindex.decoder, gallery.coming, "", "")
    with pytest.raises(StoreUnavailable):
        away.read(NEW, gallery.ids, 1e7)
    assert away.failed == {}


# --- the command, and what doctor says


def test_where_there_is_nothing_to_change_the_command_says_so(tmp_path):
    def reindex(*options):
        command = [sys.executable, "-m", "local", "reindex", "--data", str(tmp_path), *options]
        return subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, text=True, check=False)

    done = reindex()
    assert (done.returncode, done.stdout.startswith("Nothing to do")) == (0, True)
    dry = reindex("--dry-run")
    assert (dry.returncode, dry.stdout) == (0, "0 pictures are to be read in palette@1; searches go to none yet.\n")
    back = reindex("--rollback")
    assert (back.returncode, "There is no space to go back to" in back.stderr) == (1, True)
    assert reindex("--forget-old").returncode == 0
    assert reindex("--rollback", "--dry-run").returncode == 2


def test_settings_that_do_not_agree_with_the_gallery_are_named_with_what_mends_them(gallery):
    parts = Services(gallery.settings, gallery.store, gallery.catalog, gallery.vision, gallery.queue)
    assert advice(parts) is None
    wrong, remedy = advice(replace(parts, vision=gallery.coming))
    assert (OLD in wrong, NEW in wrong, remedy) == (True, True, "./sightsync reindex")
    change(gallery).run()
    settings = gallery.settings.model_copy(update={"vision_next": ""})
    wrong, remedy = advice(replace(parts, vision=gallery.old, settings=settings))
    assert "SIGHTSYNC_VISION=http://new.example" in remedy


def test_a_scale_is_said_to_be_unfitted_until_it_is_fitted(gallery):
    parts = Services(gallery.settings, gallery.store, gallery.catalog, gallery.old, gallery.queue)
    says, is_fitted = scale(parts, 1e7)
    assert (is_fitted, says.endswith("unfitted")) == (False, True)
    gallery.catalog.put_calibration(replace(gallery.catalog.calibration(OLD), fitted=True))
    assert scale(parts, 1e7)[1]
    assert gallery.catalog.calibration(NEW) is None
    scale(replace(parts, vision=gallery.coming), 1e7)
    assert gallery.catalog.calibration(NEW) is not None, "measured by being asked for"
