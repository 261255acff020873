"""`cleanform synth`."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cleanform.cli.answers import EXIT_OK, Work
from cleanform.cli.typed import Quiet, check_choice, check_range
from cleanform.errors import InputError

if TYPE_CHECKING:
    from cleanform.synth import Camera, LiftSpec
    from cleanform.synth.film import Film
    from cleanform.synth.stage import Look

_BODIES = ("male", "female")
_ROTATIONS = ("0", "90", "180", "270")
_CODECS = ("h264", "hevc")
_IMPLEMENTS = ("barbell", "dumbbells", "kettlebell")
_BYSTANDERS = ("none", "standing", "passing", "in front")
_SIZE = re.compile(r"(\d+)x(\d+)")


def synth(
    path: Annotated[
        Path | None, typer.Argument(metavar="CLIP", help="The .mp4 or .mov to write.")
    ] = None,
    kind: Annotated[str, typer.Option(metavar="NAME", help="Which lift.")] = "power clean",
    fault: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A fault; may be given again.")
    ] = None,
    dose: Annotated[
        list[float] | None,
        typer.Option(metavar="X", help="How much of it, in its unit; one for each --fault."),
    ] = None,
    view: Annotated[str, typer.Option(metavar="NAME", help="Where the phone stands.")] = "side",
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="Varies lifter, room, light and phone.")
    ] = 0,
    body: Annotated[str, typer.Option(metavar="NAME", help="male or female.")] = "male",
    reps: Annotated[int, typer.Option(metavar="N", help="Lifts in a row.")] = 1,
    fps: Annotated[float, typer.Option(metavar="HZ", help="Frames a second.")] = 30.0,
    variable_rate: Annotated[
        bool, typer.Option("--variable-rate", help="Frame times jitter as phones' do.")
    ] = False,
    dropped: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of frames that are lost.")
    ] = 0.0,
    size: Annotated[str, typer.Option(metavar="WxH", help="Pixels, upright.")] = "640x360",
    rotate: Annotated[
        str, typer.Option(metavar="DEG", help="Store it turned, with a tag: 90, 180 or 270.")
    ] = "0",
    codec: Annotated[str, typer.Option(metavar="NAME", help="h264 or hevc.")] = "h264",
    slow_motion: Annotated[
        float, typer.Option(metavar="FACTOR", help="Plays this many times slower than life.")
    ] = 1.0,
    capture_tag: Annotated[
        bool, typer.Option("--capture-tag", help="Say in the file how fast it was filmed.")
    ] = False,
    shake: Annotated[
        float, typer.Option(metavar="DEG", help="The phone is in a hand; 0.3 is usual.")
    ] = 0.0,
    shutter: Annotated[
        float, typer.Option(metavar="SHARE", help="Of each frame that is exposed; blurs.")
    ] = 0.0,
    implement: Annotated[
        str, typer.Option(metavar="NAME", help="barbell, dumbbells or kettlebell.")
    ] = "barbell",
    no_plates: Annotated[bool, typer.Option("--no-plates", help="A bare bar.")] = False,
    plate_mm: Annotated[float, typer.Option(metavar="MM", help="Diameter of the plates.")] = 450.0,
    loose_shirt: Annotated[bool, typer.Option("--loose-shirt", help="Not a tight one.")] = False,
    bystander: Annotated[
        str, typer.Option(metavar="HOW", help="standing, passing (behind) or in front.")
    ] = "none",
    list_all: Annotated[
        bool, typer.Option("--list", help="Print every lift, fault and view, and stop.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    quiet: Quiet = False,
) -> Work:
    """Render a clip of a lift with known truth.

    Writes the clip and, beside it, its truth as .json. Same options, same pixels.
    """
    if list_all:
        return _list
    if path is None:
        raise InputError("name the clip to write, or ask for --list")
    check_choice("--body", body, _BODIES)
    check_choice("--rotate", rotate, _ROTATIONS)
    check_choice("--codec", codec, _CODECS)
    check_choice("--implement", implement, _IMPLEMENTS)
    check_choice("--bystander", bystander, _BYSTANDERS)
    for option, value, low, high in (
        ("--reps", reps, 1, 20),
        ("--fps", fps, 5, 1000),
        ("--dropped", dropped, 0, 0.5),
        ("--slow-motion", slow_motion, 1, 100),
        ("--shake", shake, 0, 5),
        ("--shutter", shutter, 0, 1),
        ("--plate-mm", plate_mm, 200, 450),
    ):
        check_range(option, value, low, high)
    width, height = _size(size)
    doses = _pairs(fault or [], dose or [])
    if not force and (there := [each for each in _files(path) if each.exists()]):
        raise InputError(f"{there[0]}: is there already; give another name or --force")

    def work() -> int:
        from cleanform.synth.film import Film

        spec = _spec(kind, doses, seed, fps=fps, reps=reps, variable_rate=variable_rate)
        camera = _camera(view, seed, width, height, shake)
        look = _look(seed, implement, plate_mm, loose_shirt, bystander, plates=not no_plates)
        film = Film(
            shutter=shutter,
            codec=codec,
            rotation_deg=int(rotate),
            slow_motion=slow_motion,
            capture_tag=capture_tag,
            dropped=dropped,
        )
        _write(path, spec, camera, body, look, film, quiet=quiet)
        return EXIT_OK

    return work


def _list() -> int:
    from cleanform.synth import FAULTS, KINDS, VIEWS

    print("lifts   " + ", ".join(KINDS))
    print("views   " + ", ".join(VIEWS))
    print("faults  (largest dose)")
    for name, each in FAULTS.items():
        print(f"  {name:<18}{each.largest:>5g} {each.unit:<4}  {each.title}")
    return EXIT_OK


def _pairs(faults: Sequence[str], doses: Sequence[float]) -> list[tuple[str, float]]:
    if len(faults) != len(doses):
        raise InputError(
            f"{len(faults)} --fault and {len(doses)} --dose: give each fault its own dose; "
            "--list names their units"
        )
    return list(zip(faults, doses, strict=True))


def _size(text: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(text)
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    fits = min(width, height) >= 64 and max(width, height) <= 3840
    if not fits or width % 2 or height % 2:
        raise InputError(f"--size {text}: give even numbers from 64 to 3840, as 640x360")
    return width, height


def _files(path: Path) -> tuple[Path, Path]:
    return path, path.with_suffix(".json")


def _known(option: str, typed: str, names: Collection[str]) -> str:
    """The name that was meant: case, blanks and hyphens do not matter."""

    def plain(name: str) -> str:
        return re.sub(r"[\s_-]", "", name).lower()

    meant = {plain(name): name for name in names}
    if plain(typed) in meant:
        return meant[plain(typed)]
    near = get_close_matches(plain(typed), meant, n=1, cutoff=0.4)
    hint = f"did you mean {meant[near[0]]}?" if near else f"choose one of {', '.join(names)}"
    raise InputError(f"{option} {typed}: {hint}")


def _spec(
    kind: str,
    doses: Sequence[tuple[str, float]],
    seed: int,
    *,
    fps: float,
    reps: int,
    variable_rate: bool,
) -> LiftSpec:
    from cleanform.synth import FAULTS, KINDS, vary, with_fault

    spec = vary(
        seed,
        kind=_known("--kind", kind, KINDS),
        fps=fps,
        reps=reps,
        jitter_s=0.25 / fps if variable_rate else 0.0,
    )
    for name, amount in doses:
        spec = with_fault(spec, _known("--fault", name, FAULTS), amount)
    return spec


def _camera(view: str, seed: int, width: int, height: int, shake_deg: float) -> Camera:
    from cleanform.synth import VIEWS, Handheld, camera_of

    fixed: dict[str, Any] = {"width_px": width, "height_px": height}
    if shake_deg:
        fixed["handheld"] = Handheld(shake_deg=shake_deg, seed=seed)
    return camera_of(seed, _known("--view", view, VIEWS), **fixed)


def _look(
    seed: int, implement: str, plate_mm: float, loose: bool, bystander: str, *, plates: bool
) -> Look:
    from cleanform.synth.stage import Bystander, Look

    others = {
        "none": (),
        "standing": (Bystander(seed=seed + 1),),
        "passing": (Bystander(x_m=0.0, z_m=-1.8, heading_deg=0.0, passes_s=2.0, seed=seed + 1),),
        "in front": (Bystander(x_m=0.0, z_m=1.3, heading_deg=0.0, passes_s=2.0, seed=seed + 1),),
    }[bystander]
    return replace(
        Look.of(seed),
        implement=implement,
        plates=plates,
        plate_radius_m=plate_mm / 2000,
        loose_shirt_m=0.05 if loose else 0.0,
        bystanders=others,
    )


def _write(
    path: Path,
    spec: LiftSpec,
    camera: Camera,
    body: str,
    look: Look,
    film: Film,
    *,
    quiet: bool,
) -> None:
    from cleanform.console import printable, progress_bar
    from cleanform.synth.clip import write_clip

    with progress_bar(path.name, quiet=quiet) as tell:

        def progress(share: float) -> None:
            if tell is not None:
                tell("drawing", share)

        write_clip(spec, camera, path, body, look, film, progress)
    if not quiet:
        clip, truth = _files(path)
        print(f"Written to {printable(str(clip))}, its truth to {printable(str(truth))}")
