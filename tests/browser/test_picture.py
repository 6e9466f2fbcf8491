"""One picture, large: its address, its keys, its neighbours, its words, and what only its owner may do."""

import re

from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenPage, until
from tests.browser.wall import publish
from tests.dev_server import DevServer
from tests.pictures import encoded, jpeg, plain, scene


def test_a_picture_has_an_address_neighbours_by_keys_and_the_way_back(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    first, second = (page.locator(".card").nth(n).get_attribute("data-id") for n in (0, 1))
    page.locator(".card .open").first.click()
    page.wait_for_url(f"**/?image={first}")
    expect(page.get_by_role("button", name="Previous picture")).to_be_disabled()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/?image={second}")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**/?image={first}")
    page.get_by_role("button", name="Next picture").click()
    page.wait_for_url(f"**/?image={second}")
    page.keyboard.press("Escape")
    expect(page.locator("#picture")).to_be_hidden()
    assert page.url == f"{gallery.url}/"
    assert page.evaluate("document.activeElement.closest('.card').dataset.id") == second


def test_arrow_keys_inside_words_move_the_caret_only(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    page.locator(".card .open").first.click()
    page.get_by_label("Description").click()
    before = page.url
    page.keyboard.press("ArrowRight")
    assert page.url == before


def test_a_shared_link_opens_the_picture_and_escape_leads_to_the_wall(open_page: OpenPage, gallery: DevServer) -> None:
    image = gallery.client.get("/api/images").json()["images"][3]
    page = open_page(f"{gallery.url}/?image={image['id']}")
    expect(page.locator("#picture .large")).to_have_attribute("alt", image["description"])
    page.keyboard.press("Escape")
    expect(page.locator("#picture")).to_be_hidden()
    expect(page.locator(".card")).to_have_count(15)


def test_a_link_to_no_picture_says_so(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(f"{gallery.url}/?image=nosuchpicture")
    expect(page.locator("#picture")).to_contain_text("This picture isn't here.")
    page.get_by_role("button", name="Back to the wall").click()
    expect(page.locator(".card")).to_have_count(15)


def test_words_with_evidence_are_marked_and_the_marks_are_spoken(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    page.get_by_alt_text("A red flag above a blue one").click()
    marks = page.locator("#picture .mirror .mark.agrees")
    expect(marks).to_have_count(2)
    expect(marks).to_have_text(["red", "blue"])
    described = page.get_by_label("Description").get_attribute("aria-describedby")
    expect(page.locator(f"#{described}")).to_contain_text("red: seen.")
    expect(page.locator("#picture .segments .full")).to_have_count(3)
    assert "%" not in page.locator("#picture .verdict").inner_text()
    page.get_by_text("How this is measured").click()
    expect(page.locator("#picture .scale .dot.yours")).to_be_visible()


def test_a_false_description_is_dashed_and_never_by_colour_alone(open_page: OpenPage, gallery: DevServer) -> None:
    image = next(
        i for i in gallery.client.get("/api/images").json()["images"] if i["match"] and i["match"]["verdict"] == "disagrees"
    )
    page = open_page(f"{gallery.url}/?image={image['id']}")
    mark = page.locator("#picture .mirror .mark.disagrees").first
    expect(mark).to_have_css("background-image", re.compile("repeating-linear-gradient"))
    expect(page.locator("#picture .verdict")).to_have_text("Doesn't agree")


def test_where_motion_is_wanted_a_picture_grows_out_of_its_card_and_back(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url, reduced_motion="no-preference")
    expect(page.locator(".card")).to_have_count(15)
    names = "document.querySelectorAll('[style*=view-transition-name]').length"
    for picture in ("A green flag", "A blue flag"):
        page.get_by_alt_text(picture, exact=True).click()  # before the dialogs have come, and after
        expect(page.get_by_role("dialog", name=picture)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        until(lambda: page.evaluate(names) == 0, "the card is still being morphed")


def test_a_swatch_searches_its_colour(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    page.get_by_alt_text("A green flag").click()
    page.locator("#picture .palette a").first.click()
    page.wait_for_url("**/?q=colour%3Agreen")
    expect(page.locator("#picture")).to_be_hidden()


def test_zoom_shows_the_pictures_own_pixels_and_z_toggles_it(open_page: OpenPage, server: DevServer) -> None:
    image_id = server.upload(encoded(scene(5, 2400, 1800), "JPEG"))
    server.settled([image_id])
    page = open_page(f"{server.url}/?image={image_id}")
    button = page.get_by_role("button", name="Zoom to its own pixels (Z)")
    expect(button).to_be_visible()
    page.keyboard.press("z")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert page.locator(".large").evaluate("e => e.clientWidth === e.naturalWidth")
    page.keyboard.press("Z")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert page.locator(".large").evaluate("e => e.clientWidth < e.naturalWidth")


def test_a_tall_strip_fits_the_width_and_scrolls(open_page: OpenPage, server: DevServer) -> None:
    image_id = server.upload(encoded(plain(700, 5000), "PNG"))
    server.settled([image_id])
    page = open_page(f"{server.url}/?image={image_id}")
    stage = page.locator(".stage.strip")
    expect(stage).to_be_visible()  # it is filled before it is shown
    assert stage.evaluate("e => e.scrollHeight > 4 * e.clientHeight && e.scrollWidth <= e.clientWidth")
    expect(stage).to_have_attribute("tabindex", "0")


def test_unpublishing_takes_it_off_the_wall_and_publishing_hangs_it_again(open_page: OpenPage, server: DevServer) -> None:
    image_id = server.upload(jpeg(300, 200), description="a red field")
    server.settled([image_id], match=True)
    publish(server, [image_id])
    page = open_page(server.url)
    page.locator(".card .open").click()
    page.get_by_role("button", name="Unpublish").click()
    expect(page.locator("#picture .standing")).to_have_text("A draft: only you see it.")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("button", name="Unpublish")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".card")).to_have_count(1)


def test_the_steps_and_the_file_can_be_looked_up(open_page: OpenPage, server: DevServer) -> None:
    image_id = server.upload(jpeg(300, 200), "harbour.jpg")
    server.settled([image_id], match=True)
    page = open_page(f"{server.url}/?image={image_id}")
    page.get_by_text("Steps, file, measurement").click()
    expect(page.locator("#picture .steps")).to_contain_text("Copies made")
    expect(page.locator("#picture dl")).to_contain_text("300 × 200")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the original").click()
    assert download.value.suggested_filename == "harbour.jpg"


def test_on_a_phone_the_picture_comes_first_and_the_words_below(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url, phone=True)
    page.get_by_alt_text("A yellow tower, very tall").tap()
    expect(page.locator("#picture .verdict")).to_be_visible()
    boxes = "all => all.map(one => one.getBoundingClientRect().toJSON())"
    large, words = page.locator("#picture .stage, #picture .side textarea[aria-label=Description]").evaluate_all(boxes)
    assert large["height"] <= 0.6 * 844 + 1
    assert words["y"] >= large["y"] + large["height"]
    expect(
        page.get_by_role("button", name="Next picture").or_(page.get_by_role("button", name="Previous picture")).first
    ).to_be_visible()


def test_the_footer_names_the_reader_and_tells_what_it_cannot_do(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page(gallery.url)
    page.get_by_role("button", name="Reading colour and light only").click()
    expect(page.get_by_role("dialog")).to_contain_text(re.compile("recognise things, people or places"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_category_that_is_being_saved_stays_chosen_whatever_is_told_meanwhile(open_page: OpenPage, server: DevServer) -> None:
    stored = server.upload(jpeg(300, 200), "field.jpg", description="a red field", category="illustrations")
    server.settled([stored], match=True)
    page = open_page(f"{server.url}/?image={stored}")
    chips = page.locator("#picture .category-place")
    expect(chips.get_by_label("Comics")).to_be_visible()
    page.wait_for_load_state("networkidle")
    held: list[Route] = []
    page.route(f"**/api/images/{stored}", lambda route: held.append(route))
    chips.get_by_label("Comics").check()
    told = server.client.patch(f"/api/images/{stored}", json={"title": "told anew"}).json()
    page.evaluate("async told => (await import('/core.js')).remember([told])", told)
    expect(page.get_by_role("textbox", name="Title", exact=True)).to_have_value("told anew")
    expect(chips.get_by_label("Comics")).to_be_checked()
    page.unroute(f"**/api/images/{stored}")  # which lets go what was held
    until(lambda: server.client.get(f"/api/images/{stored}").json()["category"] == "comics", "it was not saved")
    expect(chips.get_by_label("Comics")).to_be_checked()


def test_a_picture_has_its_place_and_its_colours_before_it_has_come(open_page: OpenPage, gallery: DevServer) -> None:
    page = open_page("about:blank")
    held: list[Route] = []
    page.route("**/display*", lambda route: held.append(route))
    page.goto(gallery.url)
    page.get_by_alt_text("A green flag", exact=True).click()
    large = page.locator("#picture .large")
    expect(large).to_be_visible()
    assert large.evaluate("e => [e.naturalWidth, e.clientWidth, e.clientHeight]") == [0, 480, 360]
    expect(large).to_have_css("background-image", re.compile("url"))
    page.unroute("**/display*")  # which lets go what was held
    page.wait_for_function("() => document.querySelector('#picture .large').naturalWidth === 480")
    assert large.evaluate("e => [e.clientWidth, e.clientHeight]") == [480, 360]
