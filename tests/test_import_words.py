"""People's words about a folder are understood however they were written down."""

from pathlib import Path

import pytest

from local.import_words import WordBook, Words


def book_of(folder: Path, *pictures: str, **tables: str | bytes) -> WordBook:
    """A folder with these (empty) pictures and these tables, read."""
    for name in pictures:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    for name, text in tables.items():
        data = text.encode() if isinstance(text, str) else text
        (folder / name.replace("__", ".")).write_bytes(data)
    book = WordBook(folder)
    book.read(folder)
    return book


def test_a_csv_gives_every_field(tmp_path: Path) -> None:
    book = book_of(
        tmp_path,
        "a.jpg",
        descriptions__csv="file,title,description,category,tags,credit,published\n"
        'a.jpg,Sea,"Two boats, red",comics,boats; sea,Ada,no\n',
    )
    assert book.of(tmp_path / "a.jpg") == Words("Two boats, red", "Sea", "comics", ("boats", "sea"), "Ada", False)
    assert book.problems == []


@pytest.mark.parametrize(
    "text",
    [
        "file,description\na.jpg,Größe\n".encode("utf-8-sig"),
        "file;description\r\na.jpg;Größe\r\n".encode("cp1252"),
        "File\tDescription\na.jpg\tGröße\n".encode("utf-16"),
        "file,text\na.jpg,Größe\n".encode("utf-16-be"),
        '"filename" , "caption"\n"a.jpg", "Größe"\n'.encode(),
        "\n\nname|alt\n./A.JPG|Größe".encode(),
        "path,text,other\n.\\a.jpg,Größe\n".encode(),
    ],
)
def test_a_csv_may_have_any_mark_delimiter_alphabet_and_names_of_columns(tmp_path: Path, text: bytes) -> None:
    assert book_of(tmp_path, "a.jpg", descriptions__csv=text).of(tmp_path / "a.jpg").description == "Größe"


def test_jsonl_in_the_imagefolder_form_gives_text_and_a_broken_line_costs_itself_only(tmp_path: Path) -> None:
    said = '{"file_name": "a.jpg", "text": "", "caption": "grey", "tags": ["x"]}'
    book = book_of(tmp_path, "a.jpg", "b.jpg", metadata__jsonl=said + '\nnot json\n{"file_name": "b.jpg", "caption": "kept"}\n')
    assert book.of(tmp_path / "a.jpg") == Words(tags=("x",))  # an empty text is what its owner said, a caption is not
    assert book.of(tmp_path / "b.jpg").description == "kept"
    assert book.problems == ["Line 2 of metadata.jsonl cannot be read."]


def test_a_table_below_speaks_of_its_own_folder(tmp_path: Path) -> None:
    book = book_of(tmp_path, "sub/a.jpg", "a.jpg", descriptions__csv="file,description\na.jpg,above\nsub/a.jpg,from above\n")
    (tmp_path / "sub" / "metadata.jsonl").write_text(
        '{"file_name": "a.jpg", "text": "from below"}\n{"file_name": "c.jpg", "text": "c"}'
    )
    (tmp_path / "sub" / "c.jpg").touch()
    book.read(tmp_path / "sub")
    assert book.of(tmp_path / "a.jpg").description == "above"
    assert book.of(tmp_path / "sub" / "a.jpg").description == "from above"
    assert book.of(tmp_path / "sub" / "c.jpg").description == "c"
    assert book.unused() == 0


def test_a_row_whose_folder_is_wrong_finds_its_file_by_name_if_there_is_one_only(tmp_path: Path) -> None:
    book = book_of(tmp_path, "x/a.jpg", "b.jpg", "x/b.jpg", descriptions__csv="file,description\nphotos/a.jpg,A\nb.jpg,B\n")
    assert book.of(tmp_path / "x" / "a.jpg").description == "A"
    assert book.of(tmp_path / "b.jpg").description == "B"
    assert book.of(tmp_path / "x" / "b.jpg").description == ""


@pytest.mark.parametrize("name", ["a.txt", "a.jpg.txt"])
def test_a_txt_beside_a_picture_is_its_description(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes("\ufeffTwo boats\nat sea\n".encode())
    assert book_of(tmp_path, "a.jpg").of(tmp_path / "a.jpg").description == "Two boats\nat sea"


def test_a_table_that_names_no_files_is_said_to(tmp_path: Path) -> None:
    book = book_of(tmp_path, "a.jpg", descriptions__csv="x,y\n1,2\n")
    assert book.of(tmp_path / "a.jpg") == Words()
    assert "names files" in book.problems[0]


def test_rows_without_a_file_are_counted(tmp_path: Path) -> None:
    book = book_of(tmp_path, "a.jpg", descriptions__csv="file,description\na.jpg,A\nb.jpg,B\n")
    book.of(tmp_path / "a.jpg")
    assert book.unused() == 1


@pytest.mark.parametrize("data", [b"\x00\xff" * 500, b'file,"\n' + b"x" * 200_000, b"", b"\xff\xfe", b"file\x00,description\na,b"])
def test_nonsense_is_survived(tmp_path: Path, data: bytes) -> None:
    for table in ("descriptions__csv", "metadata__jsonl"):
        assert book_of(tmp_path, "a.jpg", **{table: data}).of(tmp_path / "a.jpg").title == ""
