"""Files whose header says one thing and whose content another: every command says so."""

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from gsf_file import field
from gwy_file import field as gwy_field
from gwy_file import gwyddion, nested, part
from nid_file import nanosurf
from still_files import stored, write_jpk, write_spm
from sxm_file import nanonis
from topostats_file import topostats
from wsxm_file import wsxm

from playnano import load
from playnano.readers.formats.asd.header import read_header
from playnano.sample.files import write_jpk_h5
from playnano.sample.movie import Sample

IMAGES = np.random.default_rng(0).normal(size=(12, 16, 16)).astype(np.float32)


def words(text: str) -> str:
    return " ".join(text.split())


def said_everywhere(playnano, path: Path, remark: str) -> None:
    """The remark is in `info`, and on the standard error of a conversion, also of a quiet one."""
    assert remark in words(playnano("info", str(path)).stdout)
    for number, quiet in enumerate(((), ("--quiet",))):
        done = playnano("convert", str(path), str(path.parent / f"out{number}.npz"), *quiet)
        assert (done.exit_code, remark in words(done.stderr)) == (0, True), done.stderr
    assert playnano("convert", str(path), str(path.parent / "strict.npz"), "--strict").exit_code == 1


def jpk_movie(folder: Path, edit: Callable[[h5py.Group], None]) -> Path:
    path = folder / "a.h5-jpk"
    write_jpk_h5(Sample(frames=4, height=16, width=16, molecules=2).stack(), path)
    with h5py.File(path, "r+") as file:
        edit(file["Measurement_000"])
    return path


def resized(name: str, frames: int) -> Callable[[h5py.Group], None]:
    """An edit that leaves the first frames, or times, of a dataset alone."""

    def edit(measurement: h5py.Group) -> None:
        values, kept = measurement[name][()], dict(measurement[name].attrs)
        axis = 0 if name.startswith("meta") else 1
        del measurement[name]
        measurement[name] = values.take(range(frames), axis=axis)
        measurement[name].attrs.update(kept)

    return edit


def height_of(folder: Path) -> str:
    """The name of the dataset of heights in a movie."""
    with h5py.File(jpk_movie(folder, lambda _: None)) as file:
        group = file["Measurement_000/Channel_000"]
        return f"Channel_000/{next(name for name in group if name != 'thumbnail')}"


def test_a_jpk_movie_with_fewer_images_than_times(tmp_path: Path, playnano) -> None:
    path = jpk_movie(tmp_path, resized(height_of(tmp_path), 3))
    said_everywhere(playnano, path, "1 of 4 frames are missing at the end of the file")


def test_a_jpk_movie_with_fewer_times_than_images(tmp_path: Path, playnano) -> None:
    path = jpk_movie(tmp_path, resized("meta-data/start-times", 3))
    said_everywhere(playnano, path, "the file states no time for 1 of 4 frames")


def test_a_second_measurement_of_a_jpk_movie(tmp_path: Path, playnano) -> None:
    path = jpk_movie(tmp_path, lambda first: first.parent.copy(first, "Measurement_001"))
    said_everywhere(playnano, path, "it holds Measurement_001 too: only Measurement_000 is read")


@pytest.mark.parametrize(
    ("spoil", "remark"),
    [
        ("shape", "`grain_masks/above` cannot be read as a mask of 2 x 3 pixels"),
        ("side", "'grain_masks/abovd' is not known, so that mask is not read"),
        ("longer", "'grain_masks/above1' is not known, so that mask is not read"),
        ("empty", "`grain_masks` holds no mask"),
        ("group", "'grain_macks' is not known: perhaps `grain_masks`"),
        ("kind", "`grain_masks`, the masks, cannot be read"),
    ],
)
def test_a_mask_of_topostats_that_cannot_be_read(tmp_path: Path, playnano, spoil: str, remark: str) -> None:
    mask = np.zeros((2, 3, 2), np.int32)
    name = {
        "side": "grain_masks/abovd",
        "longer": "grain_masks/above1",
        "group": "grain_macks/above",
        "kind": "grain_masks",
    }
    stored_mask = mask[:1] if spoil == "shape" else mask
    more = {name.get(spoil, "grain_masks/above"): stored_mask}
    path = topostats(tmp_path / "a.topostats", **({} if spoil == "empty" else more))
    if spoil == "empty":
        with h5py.File(path, "a") as file:
            file.create_group("grain_masks")
    said_everywhere(playnano, path, f"the file is damaged: {remark}")


def test_longer_names_beside_the_masks_of_topostats_are_no_damage(tmp_path: Path) -> None:
    mask = np.zeros((2, 3, 2), np.int32)
    names = ("grain_masks/above", "grain_masks/above_smooth", "grain_masks_unet/above")
    (warning,) = load(topostats(tmp_path / "a.topostats", **dict.fromkeys(names, mask))).warnings
    assert "is in force" in warning


def imagej(path: Path, images: np.ndarray, axes: str) -> bytes:
    facts = {"axes": axes, "finterval": 1.0, "unit": "nm", "vunit": "nm"}
    tifffile.imwrite(path, images, imagej=True, metadata=facts, resolution=(1, 1))
    return path.read_bytes()


def scattered(path: Path, description: str, count: int) -> None:
    """An ImageJ stack whose images do not lie one after another."""
    with tifffile.TiffWriter(path) as file:
        for number in range(count):
            text = description if number == 0 else None
            file.write(IMAGES[number], contiguous=False, description=text, metadata=None)


@pytest.mark.parametrize(("listed", "rest"), [(10, "the last 2 are"), (11, "the last one is")])
def test_an_imagej_stack_with_more_images_than_described(
    tmp_path: Path, playnano, listed: int, rest: str
) -> None:
    path = tmp_path / "a.tif"
    data = imagej(path, IMAGES, "TYX")
    for name in (b"images", b"frames"):
        data = data.replace(name + b"=12", name + b"=%d" % listed)
    path.write_bytes(data)
    remark = f"the file holds 12 images, and its header describes {listed}: {rest} not read"
    said_everywhere(playnano, path, remark)


def test_an_imagej_stack_of_scattered_images(tmp_path: Path, playnano) -> None:
    path = tmp_path / "a.tif"
    scattered(path, "ImageJ=1.53\nimages=3\nframes=3\nunit=nm\nvunit=nm\n", 4)
    said_everywhere(playnano, path, "the file holds 4 images, and its header describes 3")


def test_an_ome_tiff_with_more_images_than_described(tmp_path: Path, playnano) -> None:
    path = tmp_path / "a.tif"
    facts = {"axes": "TYX", "PhysicalSizeX": 1.0, "PhysicalSizeXUnit": "nm"}
    tifffile.imwrite(path, IMAGES, ome=True, metadata={**facts, "PhysicalSizeY": 1.0})
    path.write_bytes(path.read_bytes().replace(b'SizeT="12"', b'SizeT="10"'))
    done = playnano("convert", str(path), str(tmp_path / "a.npz"), "--unit", "nm", "--quiet")
    remark = "the file holds 12 images, and its header describes 10: the last 2 are not read"
    assert (done.exit_code, remark in words(done.stderr)) == (0, True)


def test_slices_of_a_hyperstack(tmp_path: Path, playnano) -> None:
    path = tmp_path / "a.tif"
    imagej(path, IMAGES.reshape(4, 3, 16, 16), "TZYX")
    said_everywhere(playnano, path, "of 3 slices at each time, 'channel_1_z1' alone is read")
    chosen = playnano("convert", str(path), str(tmp_path / "z2.npz"), "--channel", "channel_1_z2")
    assert (chosen.exit_code, chosen.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "data", "remark"),
    [
        ("a.gsf", field().replace(b"3e-07", b"nan  "), "the header's `XReal` is 'nan'"),
        ("b.gsf", field().replace(b"1e-07", b"inf  "), "the header's `YReal` is 'inf'"),
        ("a.stp", wsxm().replace(b"300 nm", b"nan nm"), "the header's `X Amplitude` is 'nan nm'"),
        ("b.stp", wsxm().replace(b"300 nm", b"inf nm"), "the header's `X Amplitude` is 'inf nm'"),
        ("a.sxm", nanonis().replace(b"3.0E-8", b"NaN"), "the header's `SCAN_RANGE` is 'NaN 1.0E-8'"),
        ("a.nid", nanosurf().replace(b"3e-08", b"nan"), "the header's `Dim0Range` is 'nan'"),
    ],
)
def test_a_pixel_size_that_is_no_number(
    tmp_path: Path, playnano, name: str, data: bytes, remark: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    said_everywhere(
        playnano, path, f"{remark}: the pixel size is not known; set `pixel_size_nm` of the input"
    )
    processed = playnano("process", str(path), "--processing", "remove_plane", "--export", "npz", "--quiet")
    assert (processed.exit_code, remark in words(processed.stderr)) == (0, True)
    stated = playnano("convert", str(path), str(tmp_path / "stated.npz"), "--pixel-size-nm", "2")
    assert (stated.exit_code, remark in words(stated.stderr)) == (0, False)


def test_nanoscope_lines_that_do_not_fit_the_bytes(tmp_path: Path, playnano) -> None:
    path = write_spm(tmp_path / "a.spm", **{"Number of lines": "3"})
    remark = "8 x 3 pixels take 4 bytes each, where 2 are usual"
    said_everywhere(playnano, path, remark)


def test_nanoscope_lines_and_samples_that_are_not_those_of_the_scan(tmp_path: Path, playnano) -> None:
    path = write_spm(tmp_path / "a.spm", samples=stored(6, 8))
    lines = b"\\Scan Rate: 2\r\n"
    scan = b"\\Lines: 3\r\n\\Samps/line: 16\r\n"
    head, end, rest = path.read_bytes().replace(lines, lines + scan).partition(b"\x1a")
    path.write_bytes(head + end + rest[len(scan) :])  # of the NULs before the images
    said_everywhere(playnano, path, "8 x 6 pixels of the image are 16 x 3 of the scan")


def test_a_direction_that_is_no_word(tmp_path: Path, playnano) -> None:
    path = tmp_path / "a.sxm"
    path.write_bytes(nanonis("dowm"))
    said_everywhere(playnano, path, "`SCAN_DIR` is 'dowm', neither up nor down: the image may be upside down")
    other = tmp_path / "a.nid"
    other.write_bytes(nanosurf().replace(b"direction=Up", b"direction=Uq"))
    assert "`Scan direction` is 'Uq', neither up nor down" in words(playnano("info", str(other)).stdout)


def test_numbers_and_hidden_images_of_a_folder(tmp_path: Path, playnano) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for number in (1, 2, 3, 5, 6):
        time = f"ZUnits = m\nPlaynanoTime = {number}.0\n"
        (images / f"scan_{number}.gsf").write_bytes(field(more=time))
    (images / ".scan_4.gsf").write_bytes(field(more=time))
    for done in (
        playnano("info", str(images)),
        playnano("convert", str(images), str(tmp_path / "a.npz")),
        playnano("process", str(images), "--processing", "remove_plane", "--export", "npz"),
    ):
        text = words(done.stdout + done.stderr)
        assert "image 4 is missing in the numbering of the names" in text
        assert "the folder also holds .scan_4.gsf; not read" in text


def test_no_grains_are_no_damage(tmp_path: Path) -> None:
    assert load(topostats(tmp_path / "a.topostats", **{"grain_masks/above": "None"})).warnings == ()


def test_an_asd_movie_with_more_frames_than_its_header_says(folder: Path, playnano) -> None:
    movie = Path("movie.asd")
    data = bytearray(movie.read_bytes())
    with movie.open("rb") as file:
        header = read_header(file)
    place = data.index((4).to_bytes(4, "little") * 2) + 4  # of the initial and the present number of frames
    data[place : place + 4] = (3).to_bytes(4, "little")
    movie.write_bytes(data)
    assert header.fields["num_frames"] == 4
    said_everywhere(playnano, movie, "the header says 3 frames, and the file holds 1 more: they are not read")


def test_times_of_some_images_only(tmp_path: Path, playnano) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for number in range(4):
        time = f"PlaynanoTime = {number}.0\n" if number != 1 else ""
        (images / f"scan_{number}.gsf").write_bytes(field(more=f"ZUnits = m\n{time}"))
    said_everywhere(
        playnano, images, "scan_1.gsf: no time is stated, as in the other files: frames are in the order of"
    )


def test_ome_times_of_some_images_only(tmp_path: Path, playnano) -> None:
    path = tmp_path / "a.tif"
    facts = {"axes": "TYX", "Plane": {"DeltaT": [0.5 * number for number in range(12)]}}
    tifffile.imwrite(path, IMAGES, ome=True, metadata=facts)
    path.write_bytes(path.read_bytes().replace(b'DeltaT="1.5"', b'DeltaX="1.5"'))
    text = words(playnano("info", str(path), "--unit", "nm").stdout)
    assert "the header states the times of 11 of 12 frames: they are not used" in text


def test_a_number_that_imagej_states_twice(tmp_path: Path, playnano) -> None:
    path = tmp_path / "a.tif"
    scattered(path, "ImageJ=1.53\nimages=3\nframes=2\nframes=3\nunit=nm\nvunit=nm\n", 3)
    said_everywhere(playnano, path, "ImageJ's description states `frames` more than once: the last is taken")


@pytest.mark.parametrize("mask", [gwy_field(np.ones((2, 2)), ""), nested("GwyNothing", b"")])
def test_a_mask_of_gwyddion_that_does_not_fit(tmp_path: Path, playnano, mask: bytes) -> None:
    path = tmp_path / "a.gwy"
    path.write_bytes(gwyddion(part("/1/mask", "o", mask)))
    said_everywhere(playnano, path, "the file is damaged: its mask is no image of its size")


def test_a_zeroed_frame_leaves_the_others(folder: Path, playnano) -> None:
    movie = Path("movie.asd")
    with movie.open("rb") as file:
        header = read_header(file)
    data, begin = bytearray(movie.read_bytes()), header.size + 2 * header.frame_bytes
    data[begin : begin + header.frame_bytes] = bytes(header.frame_bytes)
    movie.write_bytes(data)
    said_everywhere(playnano, movie, "frame 2 of TP holds nothing but zeros, in place of the header too")
    shown = playnano("info", "movie.asd", "--json").stdout
    assert json.loads(shown)["frames"] == 4
    assert json.loads(shown)["blank_frames"] == [2]


def test_bytes_lost_in_a_movie_are_missing_frames(folder: Path, playnano) -> None:
    movie = Path("movie.asd")
    with movie.open("rb") as file:
        header = read_header(file)
    data = movie.read_bytes()
    lost = header.size + header.frame_bytes + 400
    movie.write_bytes(data[:lost] + data[lost + 1 :])
    said_everywhere(playnano, movie, "bytes were lost or inserted in frame 1 of TP")
    assert "incomplete" in playnano("info", "out0.npz").stdout


def test_a_channel_that_one_image_lacks(tmp_path: Path, playnano) -> None:
    images = tmp_path / "images"
    images.mkdir()
    both = (("height", 0, "m"), ("error", 0, "V"))
    for number in range(4):
        start = f"2023-02-16 12:08:4{number}.436 GMT"
        write_jpk(images / f"a_{number}.jpk", both[:1] if number == 2 else both, start=start)
    one = playnano("convert", str(images), str(tmp_path / "a.npz"), "--channel", "error_trace")
    assert "a_2.jpk is left out: it has no channel 'error_trace', but height_trace" in words(one.stderr)
    assert "did you mean" not in one.stderr
    none = playnano("convert", str(images), str(tmp_path / "b.npz"), "--channel", "error_retrace")
    assert none.exit_code == 1
    assert "images: there is no channel 'error_retrace'; did you mean 'error_trace'?" in words(none.stderr)


@pytest.mark.parametrize("command", ["run recipe.yaml", "process --export npz --processing remove_plane"])
def test_a_folder_is_not_read_and_written(folder: Path, playnano, command: str) -> None:
    Path("movies").mkdir()
    Path("movie.asd").rename("movies/movie.asd")
    done = playnano(*command.split(), "movies", "--output-folder", "movies/../movies")
    assert done.exit_code == 1
    assert words(done.stderr).startswith(
        "error: movies: results in the folder that is read would be taken for movies: choose another"
    )
    assert [path.name for path in Path("movies").iterdir()] == ["movie.asd"]


def test_a_movie_called_like_a_placeholder(folder: Path, playnano) -> None:
    Path("movie.asd").rename("{channel}.asd")
    line = ("process", "{channel}.asd", "--processing", "remove_plane", "--export", "npz")
    assert playnano(*line).exit_code == 0
    assert playnano(*line, "--output-name", "{channel}_of_{input}").exit_code == 0
    names = {path.name for path in Path("output").iterdir()}
    assert names == {"{channel}_filtered.npz", "TP_of_{channel}_filtered.npz"}


def test_a_mask_with_transparent_pixels_is_refused(folder: Path, playnano) -> None:
    from PIL import Image

    picture = np.full((24, 32, 4), 255, np.uint8)
    picture[:12, :, 3] = 0
    Image.fromarray(picture).save(folder / "mask.png")
    steps = "steps: [{step: mask_from_file, path: mask.png}]\nexports: [{format: npz}]\n"
    (folder / "recipe.yaml").write_text(f"version: 1\n{steps}", encoding="utf-8")
    done = playnano("run", "recipe.yaml", "movie.asd", "--output-folder", "out")
    assert done.exit_code == 1
    assert "mask.png has transparent pixels: save it without transparency" in words(done.stderr)
    picture[..., 3] = 255
    Image.fromarray(picture).save(folder / "mask.png")
    assert playnano("run", "recipe.yaml", "movie.asd", "--output-folder", "out").exit_code == 0


def test_a_mask_with_nan_is_refused(folder: Path, playnano) -> None:
    mask = np.zeros((24, 32))
    mask[3, 4] = np.nan
    np.save(folder / "mask.npy", mask)
    steps = "steps: [{step: mask_from_file, path: mask.npy}]\nexports: [{format: npz}]\n"
    (folder / "recipe.yaml").write_text(f"version: 1\n{steps}", encoding="utf-8")
    done = playnano("run", "recipe.yaml", "movie.asd", "--output-folder", "out")
    assert done.exit_code == 1
    assert "the mask in mask.npy holds NaN at 1 of 768 pixels: save what is masked as 1" in words(done.stderr)
    assert not (folder / "out").exists()
