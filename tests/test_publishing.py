"""`./sightsync publish-site`: the page where CloudFront serves it from, whole, typed, and only what is new."""

import json
from fnmatch import fnmatch
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from local import publishing
from local.cli import main
from local.pages import Pages
from local.publishing import CACHE, FRONTEND
from local.stack import default_name, described, region_of
from local.trouble import Trouble
from sightsync.adapters.aws import client
from tests.cloud import REGION
from tests.deployed import CLIENT_ID, Deployed, deploy
from tests.test_template import RESOURCES


@pytest.fixture
def stack(aws: str) -> Deployed:
    return deploy()


@pytest.fixture
def frontend(tmp_path: Path) -> Path:
    """A page of one's own, to be changed."""
    for name in ("index.html", "main.js", "style.css", "favicon.svg", "robots.txt", "config.json", "types.d.ts"):
        (tmp_path / "page" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "page" / name).write_text(f"a\n{{  }} /* {name} */")
    return tmp_path / "page"


def publish(stack: Deployed, frontend: Path, dry_run: bool = False) -> int:
    return publishing.run(stack=stack.name, region=REGION, dry_run=dry_run, frontend=frontend)


def test_the_whole_page_is_there_and_nothing_that_no_browser_loads(stack: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish-site", "--stack", stack.name]) == 0
    page = {path.relative_to(FRONTEND).as_posix() for path in FRONTEND.rglob("*.*") if not path.name.endswith(".d.ts")}
    assert stack.objects().keys() == page | {"api/docs", "api/docs.css", "api/openapi.json"}
    assert "Open https://d111111abcdef8.cloudfront.net" in capsys.readouterr().out


def test_the_page_is_byte_for_byte_what_one_machine_serves(stack: Deployed) -> None:
    publish(stack, FRONTEND)
    one_machine, objects = TestClient(Pages(FRONTEND)), stack.objects()
    for key in objects.keys() - {"config.json", "api/docs", "api/docs.css", "api/openapi.json"}:
        served = one_machine.get(f"/{key}")
        assert (served.content, served.headers["content-type"]) == (objects[key]["Body"].read(), objects[key]["ContentType"]), key


def test_scripts_and_styles_are_stripped_of_comments_and_blanks_and_nothing_else_is(stack: Deployed, frontend: Path) -> None:
    publish(stack, frontend)
    bodies = {key: found["Body"].read().decode() for key, found in stack.objects().items()}
    assert (bodies["main.js"], bodies["style.css"]) == ("a\n{}", "a\n{}")
    assert bodies["index.html"] == "a\n{  } /* index.html */"


def test_each_file_has_its_type_and_is_asked_for_anew(stack: Deployed, frontend: Path) -> None:
    publish(stack, frontend)
    objects = stack.objects()
    assert objects["index.html"]["ContentType"] == objects["api/docs"]["ContentType"] == "text/html; charset=utf-8"
    assert objects["main.js"]["ContentType"] == "text/javascript; charset=utf-8"
    assert objects["style.css"]["ContentType"] == objects["api/docs.css"]["ContentType"] == "text/css; charset=utf-8"
    assert objects["config.json"]["ContentType"] == objects["api/openapi.json"]["ContentType"] == "application/json"
    assert objects["favicon.svg"]["ContentType"] == "image/svg+xml"
    assert {found["CacheControl"] for found in objects.values()} == {CACHE}
    assert "max-age=0" in CACHE
    assert "must-revalidate" in CACHE


@pytest.mark.parametrize("sign_up", ["no", "yes"])
def test_the_page_is_told_where_the_api_is_and_who_signs_people_in(aws: str, frontend: Path, sign_up: str) -> None:
    stack = deploy(sign_up)
    publish(stack, frontend)
    assert json.load(stack.objects()["config.json"]["Body"]) == {
        "api": "/api",
        "auth": {
            "issuer": f"https://cognito-idp.{REGION}.amazonaws.com/{REGION}_Example",
            "client_id": CLIENT_ID,
            "region": REGION,
            "endpoint": None,
            "sign_up": sign_up == "yes",
        },
    }


def test_the_apis_description_names_this_gallery_and_loads_nothing_from_elsewhere(stack: Deployed, frontend: Path) -> None:
    publish(stack, frontend)
    objects = stack.objects()
    assert json.load(objects["api/openapi.json"]["Body"])["openapi"].startswith("3.1")
    page = objects["api/docs"]["Body"].read().decode()
    assert "curl -s https://d111111abcdef8.cloudfront.net/api/images" in page
    assert "localhost" not in page
    assert "<script" not in page
    assert 'src="http' not in page
    assert 'rel="stylesheet" href="/api/docs.css"' in page


def test_cloudfront_takes_each_of_these_addresses_from_the_sites_bucket(stack: Deployed, frontend: Path) -> None:
    config = RESOURCES["Site"]["Properties"]["DistributionConfig"]
    rules = [(behaviour["PathPattern"], behaviour["TargetOriginId"]) for behaviour in config["CacheBehaviors"]]
    for key in publishing.site(described(stack.name, REGION), frontend):
        origin = next((origin for pattern, origin in rules if fnmatch(f"/{key}", pattern)), "site")
        assert origin == "site", key


def test_a_second_run_uploads_nothing_and_tells_nobody(stack: Deployed, frontend: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(stack, frontend)
    before = {key: found["LastModified"] for key, found in stack.objects().items()}
    capsys.readouterr()
    publish(stack, frontend)
    assert "0 are uploaded, 0 are deleted" in capsys.readouterr().out
    assert {key: found["LastModified"] for key, found in stack.objects().items()} == before
    assert len(stack.invalidated()) == 1


def test_only_what_changed_is_uploaded_what_is_gone_deleted_and_cloudfront_told_of_both_at_once(
    stack: Deployed, frontend: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(stack, frontend)
    capsys.readouterr()
    (frontend / "main.js").write_text("go();\n")
    (frontend / "style.css").write_text("a\n{ } /* another comment, which nobody is sent */")
    (frontend / "new name.js").write_text("// newer\n")
    (frontend / "index.html").write_text("<!doctype html>\n")
    (frontend / "robots.txt").unlink()
    publish(stack, frontend)
    said = [line.split("  ")[0].split()[0] + " " + line[9:37].strip() for line in capsys.readouterr().out.splitlines()[:4]]
    assert said == ["upload main.js", "upload new name.js", "upload index.html", "delete robots.txt"]
    assert "robots.txt" not in stack.objects()
    assert stack.objects()["main.js"]["Body"].read() == b"go();"
    assert stack.invalidated()[1] == ["/", "/index.html", "/main.js", "/new%20name.js", "/robots.txt"]


def test_a_wrong_header_is_put_right_though_the_file_is_the_same(stack: Deployed, frontend: Path) -> None:
    publish(stack, frontend)
    stack.s3.put_object(Bucket=stack.bucket, Key="main.js", Body=(frontend / "main.js").read_bytes(), ContentType="text/plain")
    publish(stack, frontend)
    assert stack.objects()["main.js"]["ContentType"] == "text/javascript; charset=utf-8"
    assert stack.invalidated()[1] == ["/main.js"]


def test_what_somebody_else_put_there_is_left_alone_and_named(
    stack: Deployed, frontend: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.s3.put_object(Bucket=stack.bucket, Key=".well-known/proof.txt", Body=b"mine")
    publish(stack, frontend)
    assert ".well-known/proof.txt" in stack.objects()
    assert "leave    .well-known/proof.txt" in capsys.readouterr().out


def test_a_dry_run_tells_all_of_it_and_does_none(stack: Deployed, frontend: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(stack, frontend, dry_run=True)
    out = capsys.readouterr().out
    assert "upload   index.html" in out
    assert "0 would be deleted" in out
    assert (stack.objects(), stack.invalidated()) == ({}, [])


def test_hidden_files_and_unknown_kinds_stay_at_home(stack: Deployed, frontend: Path) -> None:
    (frontend / ".secret.json").write_text("{}")
    (frontend / "notes.md").write_text("")
    published = publishing.site(described(stack.name, REGION), frontend)
    assert not {".secret.json", "notes.md", "types.d.ts"} & published.keys()


# --- what goes wrong ---


def test_a_stack_that_is_not_there_is_named_with_where_it_was_looked_for(aws: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish-site", "--stack", "nobodys", "--region", "eu-west-1"]) == 1
    said = capsys.readouterr().err
    assert "There is no stack called nobodys in eu-west-1." in said
    assert "Try: sam deploy --guided" in said


def test_a_stack_of_an_older_template_says_which_output_it_lacks(aws: str, frontend: Path) -> None:
    with pytest.raises(Trouble, match="has no output PageClientId") as trouble:
        publish(deploy(without="PageClientId"), frontend)
    assert trouble.value.then.startswith("sam deploy")


def test_a_bucket_that_is_gone_is_a_sentence_with_a_command(stack: Deployed, frontend: Path) -> None:
    stack.s3.delete_bucket(Bucket=stack.bucket)
    with pytest.raises(Trouble, match=f"read {stack.bucket}: NoSuchBucket") as trouble:
        publish(stack, frontend)
    assert trouble.value.then


def test_when_cloudfront_cannot_be_told_people_learn_how_long_it_lasts_and_how_to_tell_it(stack: Deployed, frontend: Path) -> None:
    stack.cloudfront.delete_distribution(
        Id=stack.distribution, IfMatch=stack.cloudfront.get_distribution(Id=stack.distribution)["ETag"]
    )
    with pytest.raises(Trouble, match="in ten minutes") as trouble:
        publish(stack, frontend)
    assert stack.distribution in trouble.value.then
    assert "index.html" in stack.objects()


@pytest.mark.parametrize(
    ("code", "says"),
    [("AccessDenied", "may not look at"), ("ExpiredToken", "have expired"), ("Throttling", "could not be asked to look at")],
)
def test_every_refusal_comes_with_what_to_do(aws: str, code: str, says: str) -> None:
    from botocore.stub import Stubber

    from local import cloud

    cloudformation = client("cloudformation")
    with Stubber(cloudformation) as stub:
        stub.add_client_error("describe_stacks", code)
        with pytest.raises(Trouble, match=says) as trouble, cloud.asking("look at it", "cloudformation:DescribeStacks"):
            cloudformation.describe_stacks(StackName="any")
    assert trouble.value.then


def test_name_and_region_are_those_that_sam_deploy_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    guided = tmp_path / "samconfig.toml"
    ours, theirs = (
        '[default.global.parameters]\nstack_name = "a"\n',
        '[default.deploy.parameters]\nstack_name = "b"\nregion = "eu-north-1"\n',
    )
    guided.write_text(ours + theirs)
    assert (default_name(guided), region_of(None, guided)) == ("b", "eu-north-1")
    assert region_of("us-west-2", guided) == "us-west-2"
    assert (default_name(), default_name(tmp_path / "none"), region_of(None, tmp_path / "none")) == ("sightsync", "sightsync", None)
    guided.write_text("[default")
    with pytest.raises(Trouble, match="cannot be read"):
        default_name(guided)
