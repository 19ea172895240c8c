"""Reading image files of every kind that people have."""

from datetime import datetime
from pathlib import Path

import pytest
from hostile_files import GOOD, HOSTILE
from PIL import ExifTags, Image, ImageChops

from datamodules.preprocess import decode_rgb
from gui.errors import ImageFileError
from gui.image_file import MAX_FILE_BYTES, PREVIEW_SIDE, read_image_file

_ROTATE_90 = 6
_MIRROR = 2


def save(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


def photo_with_orientation(path: Path, size: tuple[int, int], orientation: int) -> Path:
    """A JPEG whose left half is red, with an EXIF orientation."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    return save(path, image, exif=exif)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.jpg", "JPEG"), ("a.png", "PNG"), ("a.bmp", "BMP"), ("a.gif", "GIF"), ("png.jpg", "PNG")],
)
def test_metadata_and_content(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / name
    Image.new("RGB", (64, 48), "teal").save(path, format=kind)

    image = read_image_file(path)

    assert (image.format, image.width, image.height) == (kind, 64, 48)
    assert image.name == name
    assert image.data == path.read_bytes()
    assert image.metadata.startswith(f"{kind}  ·  64 × 48 pixels  ·  ")  # noqa: RUF001
    assert image.preview.mode == "RGB"


def test_exif_rotation_is_honoured(tmp_path: Path) -> None:
    image = read_image_file(photo_with_orientation(tmp_path / "a.jpg", (80, 40), _ROTATE_90))

    assert (image.width, image.height) == image.preview.size == (40, 80)
    red, _, blue = image.preview.getpixel((20, 10))
    assert red > 200 > 50 > blue, "what was on the left must be on top"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_lies_as_the_server_sees_it(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    noise = Image.effect_noise((300, 240), 60).convert("RGB")
    path = save(tmp_path / "a.png", noise, exif=exif)

    image = read_image_file(path)

    served, size, _ = decode_rgb(image.data)
    assert (image.width, image.height) == size
    assert ImageChops.difference(image.preview, served).getbbox() is None


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of damaged EXIF data
@pytest.mark.parametrize("name", [name for name, (kind, _) in HOSTILE.items() if kind == GOOD])
def test_what_the_server_analyses_can_be_opened(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(HOSTILE[name][1]())

    image = read_image_file(path)

    _, size, file_format = decode_rgb(image.data)
    assert ((image.width, image.height), image.format) == (size, file_format)


def test_damaged_exif_does_not_matter(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = _ROTATE_90
    exif[ExifTags.Base.Make] = "maker"
    # The maker's name under the tag of a number: Pillow reads it and fails to write it anew.
    damaged = exif.tobytes().replace(b"\x01\x0f\x00\x02", b"\x01\x03\x00\x02")
    assert damaged != exif.tobytes()
    path = save(tmp_path / "a.jpg", Image.new("RGB", (80, 40)), exif=damaged)

    image = read_image_file(path)

    assert (image.width, image.height) == image.preview.size == (40, 80)


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_exif_that_is_none_does_not_matter(tmp_path: Path, name: str) -> None:
    image = Image.new("RGB", (80, 40))
    path = save(tmp_path / name, image, exif=b"Exif\0\0garbage", dpi=(72, 72))

    assert read_image_file(path).preview.size == (80, 40)


def test_a_photo_with_a_second_picture_is_a_jpeg(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (80, 40), "red"), Image.new("RGB", (80, 40), "blue")
    path = tmp_path / "a.jpg"
    first.save(path, format="MPO", save_all=True, append_images=[second])

    image = read_image_file(path)

    assert image.format == "JPEG"
    assert image.preview.getpixel((20, 10))[0] > 200, "the first is shown"


def test_a_mirrored_photo_keeps_its_size(tmp_path: Path) -> None:
    image = read_image_file(photo_with_orientation(tmp_path / "a.jpg", (80, 40), _MIRROR))

    assert (image.width, image.height) == (80, 40)
    red, _, blue = image.preview.getpixel((70, 20))
    assert red > 200 > 50 > blue


def test_a_large_rotated_photo_gets_a_small_preview_and_its_true_size(tmp_path: Path) -> None:
    path = photo_with_orientation(tmp_path / "a.jpg", (4000, 2500), _ROTATE_90)

    image = read_image_file(path)

    assert (image.width, image.height) == (2500, 4000)
    assert max(image.preview.size) == PREVIEW_SIDE


def test_transparent_palette_gif_is_shown_on_white(tmp_path: Path) -> None:
    picture = Image.new("P", (20, 20), 0)
    picture.putpalette([0, 0, 0, 200, 30, 30])
    picture.paste(1, (0, 0, 10, 20))
    path = save(tmp_path / "a.gif", picture, transparency=0)

    preview = read_image_file(path).preview

    assert preview.getpixel((5, 5)) == (200, 30, 30)
    assert preview.getpixel((15, 5)) == (255, 255, 255)


def test_an_animated_gif_shows_its_first_frame(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (9, 9), "red"), Image.new("RGB", (9, 9), "blue")
    path = save(tmp_path / "a.gif", first, save_all=True, append_images=[second])

    assert read_image_file(path).preview.getpixel((4, 4))[0] > 200


def test_16_bit_png_is_scaled_instead_of_clipped(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", Image.new("I;16", (10, 10), 128 * 257))

    assert read_image_file(path).preview.getpixel((5, 5)) == (128, 128, 128)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_other_modes(tmp_path: Path, mode: str) -> None:
    name = "a.jpg" if mode == "CMYK" else "a.png"
    path = save(tmp_path / name, Image.new(mode, (12, 8)))

    assert read_image_file(path).preview.size == (12, 8)


def test_names_with_spaces_braces_and_umlauts(tmp_path: Path) -> None:
    path = save(tmp_path / "Leberfleck {2} größer.png", Image.new("RGB", (9, 9)))

    assert read_image_file(path).name == "Leberfleck {2} größer.png"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026:01:02 10:11:12", datetime(2026, 1, 2, 10, 11, 12)),
        ("0000:00:00 00:00:00", None),
        ("long ago", None),
        (None, None),
    ],
)
def test_the_date_is_the_cameras_or_none(
    tmp_path: Path, written: str | None, read: datetime | None
) -> None:
    image = Image.new("RGB", (9, 9))
    exif = image.getexif()
    exif[ExifTags.Base.DateTime] = "2026:11:24 12:00:00"  # of the last change to the file
    if written is not None:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = written
    path = tmp_path / "a.jpg"
    image.save(path, exif=exif)

    assert read_image_file(path).taken_at == read


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ImageFileError, match=r"gone\.png.*No such file"):
        read_image_file(tmp_path / "gone.png")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ImageFileError, match="Is a directory"):
        read_image_file(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "is empty"), (b"just text", "JPEG, PNG, BMP, GIF"), (b"\xff\xd8\xff\xe0", "a.jpg")],
)
def test_content_that_is_no_image(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)

    with pytest.raises(ImageFileError, match=message):
        read_image_file(path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
def test_a_truncated_image(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "whole"
    Image.effect_noise((200, 200), 60).convert("RGB").save(path, format=kind)
    cut = tmp_path / "cut"
    cut.write_bytes(path.read_bytes()[:-5000])

    with pytest.raises(ImageFileError, match="incomplete or damaged"):
        read_image_file(cut)


def test_an_image_of_another_format_names_the_accepted_ones(tmp_path: Path) -> None:
    path = save(tmp_path / "a.webp", Image.new("RGB", (9, 9)))

    with pytest.raises(ImageFileError, match="JPEG, PNG, BMP, GIF"):
        read_image_file(path)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)  # sparse: takes no space

    with pytest.raises(ImageFileError, match=r"at most 64\.0 MB"):
        read_image_file(path)
