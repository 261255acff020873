"""What is lifted: a barbell, dumbbells or a kettlebell, about the middle of the grip."""

from __future__ import annotations

from cleanform.synth.mesh import Colour, Mesh, turn
from cleanform.synth.skeleton import BAR_RADIUS_M, PLATE_RADIUS_M
from cleanform.synth.stage import Look

# marks of the triangles, and values of the drawn mask
BAR, NEAR_PLATE = 128, 160

_INNER_M = 0.655  # half the shaft, between the collars
_END_M = 1.1
_PLATE_FROM_M, _PLATE_TO_M = 0.67, 0.73
_SHAFT: Colour = (0.55, 0.56, 0.58)
_SLEEVE: Colour = (0.50, 0.50, 0.52)
_COLLAR: Colour = (0.40, 0.40, 0.42)
_HUB: Colour = (0.45, 0.45, 0.47)
_CAST: Colour = (0.09, 0.09, 0.10)
_BLOCK: Colour = (0.45, 0.33, 0.20)


def implement(look: Look, grip_half_m: float) -> Mesh:
    """The thing in the lifter's hands; the bar's middle at the origin, its axis along z."""
    if look.implement == "dumbbells":
        return _dumbbells(grip_half_m)
    if look.implement == "kettlebell":
        return _kettlebell()
    return barbell(look)


def barbell(look: Look) -> Mesh:
    """A 2.2 m bar, one plate a side and small ones where the look has them."""
    mesh = Mesh(part=BAR)
    mesh.tube(BAR_RADIUS_M, -_INNER_M, _INNER_M, _SHAFT, segments=20)
    for side in (-1.0, 1.0):
        mesh.part = BAR
        _along(mesh, side, 0.025, _INNER_M, _END_M, _SLEEVE, segments=20)
        _along(mesh, side, 0.035, _INNER_M, _PLATE_FROM_M, _COLLAR)
        if look.plates:
            mesh.part = NEAR_PLATE if side > 0 else BAR
            _plate(mesh, side, look.plate_radius_m, look.plate)
            mesh.part = BAR
            if look.change_plates:
                _along(mesh, side, 0.085, _PLATE_TO_M + 0.002, _PLATE_TO_M + 0.02, _HUB, 0.026)
            _along(mesh, side, 0.045, _PLATE_TO_M + 0.03, _PLATE_TO_M + 0.055, _COLLAR, 0.026)
    return mesh


def blocks(look: Look, grip_half_m: float) -> Mesh:
    """What stands on the floor so that something too small for it starts at a bar's height."""
    mesh = Mesh()
    if look.implement == "dumbbells":
        height = PLATE_RADIUS_M - _DUMBBELL_M
        for side in (-1.0, 1.0):
            mesh.box((0.0, height / 2, side * grip_half_m), (0.30, height, 0.34), _BLOCK)
    elif look.implement == "barbell" and look.plates and look.plate_radius_m < PLATE_RADIUS_M:
        height = PLATE_RADIUS_M - look.plate_radius_m
        for side in (-1.0, 1.0):
            mesh.box((0.0, height / 2, side * 0.70), (0.40, height, 0.22), _BLOCK)
    return mesh


def plate(radius_m: float, colour: Colour) -> Mesh:
    """One plate about the origin, for a stack or a stand."""
    mesh = Mesh()
    mesh.tube(radius_m, -0.03, 0.03, colour, 0.026, 40)
    dark: Colour = (0.6 * colour[0], 0.6 * colour[1], 0.6 * colour[2])
    mesh.tube(0.84 * radius_m, -0.032, 0.032, dark, 0.026, 36)
    mesh.tube(0.80 * radius_m, -0.034, 0.034, colour, 0.026, 36)
    mesh.tube(0.085, -0.036, 0.036, _HUB, 0.026, 24)
    return mesh


def _plate(mesh: Mesh, side: float, r: float, colour: Colour) -> None:
    dark: Colour = (0.6 * colour[0], 0.6 * colour[1], 0.6 * colour[2])
    low, high = _PLATE_FROM_M, _PLATE_TO_M
    _along(mesh, side, r, low, high, colour, 0.026, 64)
    _along(mesh, side, 0.84 * r, low - 0.002, high + 0.002, dark, 0.026, 56)
    _along(mesh, side, 0.80 * r, low - 0.004, high + 0.004, colour, 0.026, 56)
    _along(mesh, side, min(0.085, 0.5 * r), low - 0.006, high + 0.008, _HUB, 0.026, 40)


def _along(
    mesh: Mesh,
    side: float,
    radius: float,
    start: float,
    stop: float,
    colour: Colour,
    hole: float = 0.0,
    segments: int = 32,
) -> None:
    low, high = sorted((side * start, side * stop))
    mesh.tube(radius, low, high, colour, hole, segments)


_DUMBBELL_M = 0.09


def _dumbbells(grip_half_m: float) -> Mesh:
    mesh = Mesh(part=BAR)
    one = Mesh()
    one.tube(0.016, -0.08, 0.08, _SHAFT, segments=16)
    for side in (-1.0, 1.0):
        _along(one, side, _DUMBBELL_M, 0.075, 0.15, _CAST, segments=6)
        _along(one, side, 0.7 * _DUMBBELL_M, 0.15, 0.156, _COLLAR, segments=6)
    for side in (-1.0, 1.0):
        mesh.place(one, (0.0, 0.0, side * grip_half_m), turn("z", 30.0))
    return mesh


def _kettlebell() -> Mesh:
    """Held by both hands at its handle, the ball below."""
    ball = Mesh()
    profile = [(0.0, -0.105), (0.06, -0.105), (0.095, -0.07), (0.108, -0.02), (0.105, 0.02)]
    profile += [(0.085, 0.065), (0.05, 0.092), (0.0, 0.10)]
    ball.turned(profile, _CAST, 40)
    mesh = Mesh(part=BAR)
    # the profile's axis is z: stood upright it points up
    mesh.place(ball, (0.0, -0.118, 0.0), turn("x", -90.0))
    mesh.tube(0.017, -0.085, 0.085, _SHAFT, segments=16)
    for side in (-1.0, 1.0):
        post = Mesh()
        post.tube(0.016, 0.0, 0.085, _CAST, segments=12)
        mesh.place(post, (0.0, -0.085, side * 0.078), turn("x", -90.0))
    return mesh
