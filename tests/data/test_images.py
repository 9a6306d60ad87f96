import numpy as np
import pytest
from PIL import Image

from chainrule.data.images import open_picture
from chainrule.errors import ImageError


@pytest.fixture
def save(tmp_path):
    """Saves a PIL image, or the array of one, and gives its path."""

    def save(image, name="image.png", **options):
        if isinstance(image, np.ndarray):
            image = Image.fromarray(image)
        image.save(tmp_path / name, **options)
        return tmp_path / name

    return save


@pytest.fixture
def colour(rng):
    return rng.integers(0, 256, (6, 9, 3), dtype=np.uint8)


def pixels_of(path, channels=3):
    picture = open_picture(path)
    return picture.pixels(channels, picture.height, picture.width)


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.ppm", "a.tiff", "a.gif"])
def test_lossless_formats_give_their_exact_pixels(save, rng, name):
    grey = rng.integers(0, 256, (6, 9), dtype=np.uint8)
    np.testing.assert_array_equal(pixels_of(save(grey, name), channels=1)[0], grey)


def test_a_colour_image_comes_channels_first(save, colour):
    np.testing.assert_array_equal(pixels_of(save(colour)), colour.transpose(2, 0, 1))


def test_webp_is_read(save, colour):
    assert pixels_of(save(colour, "a.webp", lossless=True)).shape == (3, 6, 9)


def test_grey_is_told_by_the_pixels_not_by_the_mode(save, rng):
    grey = rng.integers(0, 256, (6, 9), dtype=np.uint8)
    stored_as_rgb = np.repeat(grey[:, :, None], 3, axis=2)
    assert open_picture(save(grey)).is_grey()
    assert open_picture(save(stored_as_rgb)).is_grey()
    np.testing.assert_array_equal(pixels_of(save(stored_as_rgb), channels=1)[0], grey)
    stored_as_rgb[3, 3, 2] ^= 1
    assert not open_picture(save(stored_as_rgb)).is_grey()


def test_a_grey_image_fills_three_equal_channels(save, rng):
    red, green, blue = pixels_of(save(rng.integers(0, 256, (6, 9), dtype=np.uint8)))
    np.testing.assert_array_equal(red, green)
    np.testing.assert_array_equal(red, blue)


def test_transparency_is_laid_over_white(save):
    image = np.zeros((2, 2, 4), np.uint8)
    image[0, 0] = (200, 100, 50, 255)
    image[0, 1] = (0, 0, 0, 128)
    pixels = pixels_of(save(image))
    assert pixels[:, 0, 0].tolist() == [200, 100, 50]
    assert pixels[:, 0, 1].tolist() == [127, 127, 127]
    assert pixels[:, 1, 1].tolist() == [255, 255, 255]


def test_a_transparent_palette_colour_is_laid_over_white(save):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putdata([0, 1])
    pixels = pixels_of(save(image, transparency=1))
    assert pixels[:, 0, 0].tolist() == [10, 20, 30]
    assert pixels[:, 0, 1].tolist() == [255, 255, 255]


def test_sixteen_bits_are_scaled_to_eight_not_cut_off(save):
    deep = np.array([[0, 257, 32768, 65535]], np.uint16)
    assert pixels_of(save(deep), channels=1).ravel().tolist() == [0, 1, 128, 255]


def test_black_and_white_becomes_0_and_255(save):
    image = Image.new("1", (2, 1))
    image.putpixel((1, 0), 1)
    assert pixels_of(save(image), channels=1).ravel().tolist() == [0, 255]


def test_cmyk_becomes_rgb(save):
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    red, green, blue = pixels_of(save(image, "a.jpg", quality=100)).mean(axis=(1, 2))
    assert red > 245
    assert max(green, blue) < 10


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright_as_its_exif_says(save, orientation):
    upright = np.zeros((32, 48), np.uint8)
    upright[:16, :16] = 255  # a white corner, top left
    undo = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: np.transpose,
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).T,
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(np.ascontiguousarray(undo(upright)), "photo.jpg", exif=exif, quality=95)
    picture = open_picture(path)
    assert (picture.width, picture.height) == (48, 32)
    difference = picture.pixels(1, 32, 48)[0].astype(int) - upright
    assert np.abs(difference).max() < 30


@pytest.mark.parametrize("column", range(28, 32))
def test_resizing_averages_so_that_thin_strokes_survive(save, column):
    image = np.zeros((64, 64), np.uint8)
    image[:, column] = 255
    small = open_picture(save(image)).pixels(1, 16, 16)[0]
    assert (small.max(axis=1) > 30).all()


def test_a_large_jpeg_decoded_at_a_fraction_of_its_size_looks_the_same(save):
    ramp = np.tile(np.linspace(0, 255, 1024).astype(np.uint8), (1024, 1))
    path = save(ramp, "large.jpg")
    fast, full = open_picture(path, target=32), open_picture(path)
    assert fast.image.width < full.image.width == 1024 == fast.width
    difference = fast.pixels(1, 32, 32).astype(int) - full.pixels(1, 32, 32)
    assert np.abs(difference).max() <= 2


def test_a_truncated_image_is_refused_by_name(save, colour):
    for name in ("a.png", "a.jpg", "a.gif", "a.bmp"):
        path = save(np.kron(colour, np.ones((9, 9, 1), np.uint8)), name)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        with pytest.raises(ImageError, match=f"{name}: cannot be read as an image"):
            open_picture(path)


def test_a_text_file_and_a_missing_file_are_refused_by_name(tmp_path):
    (tmp_path / "notes.png").write_text("not an image")
    with pytest.raises(ImageError, match=r"notes\.png: cannot be read as an image"):
        open_picture(tmp_path / "notes.png")
    with pytest.raises(ImageError, match=r"missing\.png: there is no such file"):
        open_picture(tmp_path / "missing.png")


def test_floating_point_pixels_are_refused_with_advice(save):
    path = save(np.zeros((2, 2), np.float32), "a.tiff")
    with pytest.raises(ImageError, match=r"a\.tiff: holds floating-point pixels; save it with"):
        open_picture(path)
