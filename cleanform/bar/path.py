"""The one plate among many: the cheapest way through the candidates of a stretch of frames.

Dynamic programming (Viterbi 1967, doi:10.1109/TIT.1967.1054010) over the candidates of each
frame. All costs are in the same coin, about the negative logarithm of a chance: a candidate pays
for a low score, for being far from the hands, for standing where something stands when the hands
are elsewhere, and for being smaller than another one at the hands (the far plate); a step pays
for travel and for a change of size; a frame without the plate pays a fixed price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cleanform.model import Floats

_UNSEEN = 3.0  # a frame without the plate
_LOST = 10.0  # taking up the plate somewhere else
_LOST_BY_HAND = 100.0  # the same where the hands do not say which of two plates it is
_LONGEST_GAP_S = 0.4
_MOST_STEPS_BACK = 12

_HAND_REACH = 0.9  # plate heights between hand and plate centre that cost nothing
_HAND_COST, _HAND_MOST = 1.2, 2.2
_STANDING_COST = 2.5
_SMALLER_COST = 4.0
_RIVAL_SCORE, _FAR_PLATE = 0.5, 0.7
_TRAVEL = (0.05, 6.0)  # plate heights, and plate heights a second: one sigma of a step
_GROWTH = (0.1, 0.5)  # the same for the logarithm of the size

_LEANS = 0.2  # logarithm by which a plate's size may change along its path, at most
_DOUBT_BY_HAND = 0.2
_CERTAIN, _NEVER = 1e4, 1e6  # what was said by hand outweighs all else

_AWAY = 1.6  # hands this many plate heights away do not hold the plate
_SAME_PLACE = 0.15
_SAME_SIZE = 0.2
_LOOKS = 150  # frames in which it is looked up what stands still


def best_path(
    candidates: Sequence[Floats],
    times_s: Floats,
    hands_px: Floats,
    trunk_px: float,
    known: tuple[int, int] | None = None,
) -> NDArray[np.int64]:
    """Which candidate of each frame is the lifter's near plate; -1 where none is.

    `candidates`: (K, 5) for each of T frames, as `PlateFinder.find` gives them; `hands_px`:
    (T, 2, 2), both hands, NaN where not seen; `trunk_px` scales the sizes that are believed.
    Where a candidate is `known` to be the plate (frame, row), the hands have no say, and only
    plates of its size come into question.
    """
    count = len(candidates)
    price = (
        _prices(candidates, hands_px, trunk_px)
        if known is None
        else _prices_beside(candidates, known)
    )
    elsewhere = _LOST if known is None else _LOST_BY_HAND
    total: list[Floats] = []
    came_from: list[NDArray[np.int64]] = []  # (K, 2): frame and candidate before; -1 = the first
    taken_up, lost_at = 0.0, (-1, -1)  # cheapest end so far, with its unseen frames
    for now in range(count):
        entry = np.full(len(candidates[now]), taken_up + (elsewhere if lost_at[0] >= 0 else 0.0))
        entry = np.minimum(entry, now * _UNSEEN)
        fresh_start = entry >= now * _UNSEEN
        before = np.tile(np.array(lost_at, np.int64), (len(entry), 1))
        before[fresh_start] = -1
        if len(entry):
            stepped, origin = _cheapest_step(candidates, times_s, total, now)
            better = stepped < entry
            entry, before = (
                np.where(better, stepped, entry),
                np.where(better[:, None], origin, before),
            )
        total.append(entry + price[now])
        came_from.append(before)
        taken_up += _UNSEEN
        if len(entry) and total[now].min() < taken_up:
            taken_up, lost_at = float(total[now].min()), (now, int(np.argmin(total[now])))
    return _walked_back(came_from, lost_at, count)


def _walked_back(
    came_from: list[NDArray[np.int64]], end: tuple[int, int], count: int
) -> NDArray[np.int64]:
    path = np.full(count, -1, np.int64)
    frame, chosen = end
    while frame >= 0:
        path[frame] = chosen
        frame, chosen = (int(v) for v in came_from[frame][chosen])
    return path


def _cheapest_step(
    candidates: Sequence[Floats], times_s: Floats, total: list[Floats], now: int
) -> tuple[Floats, NDArray[np.int64]]:
    """For each candidate of frame `now`: the cheapest way to it from a frame shortly before."""
    here = candidates[now]
    frames = [
        then
        for then in range(max(0, now - _MOST_STEPS_BACK), now)
        if len(candidates[then]) and times_s[now] - times_s[then] <= _LONGEST_GAP_S
    ]
    if not frames:
        return np.full(len(here), np.inf), np.full((len(here), 2), -1, np.int64)
    there = np.concatenate([candidates[then] for then in frames])
    origin = np.concatenate(
        [[(then, row) for row in range(len(candidates[then]))] for then in frames]
    )
    step_s = times_s[now] - times_s[origin[:, 0]]
    spent = np.concatenate([total[then] for then in frames])
    spent = spent + _UNSEEN * (now - 1 - origin[:, 0])
    height = np.sqrt(here[:, None, 3] * there[None, :, 3])
    travel = np.hypot(*(here[:, None, :2] - there[None, :, :2]).transpose(2, 0, 1)) / height
    growth = np.abs(np.log(here[:, None, 2:4] / there[None, :, 2:4])).mean(axis=2)
    cost = (
        spent
        + (travel / (_TRAVEL[0] + _TRAVEL[1] * step_s)) ** 2
        + (growth / (_GROWTH[0] + _GROWTH[1] * step_s)) ** 2
    )
    best = np.argmin(cost, axis=1)
    return cost[np.arange(len(here)), best], origin[best].astype(np.int64)


def _prices(candidates: Sequence[Floats], hands_px: Floats, trunk_px: float) -> list[Floats]:
    """What choosing each candidate costs by itself."""
    standing = _standing(candidates, hands_px)
    prices = []
    for frame, rows in enumerate(candidates):
        if not len(rows):
            prices.append(np.empty(0))
            continue
        height = rows[:, 3]
        away = _hand_distance(rows, hands_px[frame])
        far = np.clip(_HAND_COST * (np.nan_to_num(away) - _HAND_REACH), 0.0, _HAND_MOST)
        smaller = _smaller(rows, held=~(away > _AWAY))
        cost = (
            -np.log(np.clip(rows[:, 4], 1e-3, 1.0))
            + far
            + _STANDING_COST * standing[frame]
            + _SMALLER_COST * smaller
        )
        if np.isfinite(trunk_px):
            unlikely = (height < 0.25 * trunk_px) | (height > 2.5 * trunk_px)
            cost = np.where(unlikely, cost + _UNSEEN, cost)
        prices.append(cost)
    return prices


def _prices_beside(candidates: Sequence[Floats], known: tuple[int, int]) -> list[Floats]:
    """What choosing each candidate costs where one of them is known to be the plate."""
    frame, row = known
    height = candidates[frame][row, 3]
    prices = []
    for rows in candidates:
        growth = np.abs(np.log(rows[:, 3] / height))
        doubt = -np.log(np.clip(rows[:, 4], 1e-3, 1.0))
        # A rival that looks more like a plate must not draw the path over to it.
        prices.append(np.where(growth < _LEANS, _DOUBT_BY_HAND * doubt, _NEVER))
    prices[frame][:] = _NEVER
    prices[frame][row] = -_CERTAIN
    return prices


def _smaller(rows: Floats, held: NDArray[np.bool_]) -> Floats:
    """(K,) logarithm of how much larger another plate at the hands is, 0 where none is.

    The far plate looks smaller than the near one, though never by more than half. A rival that
    the finder hardly believes in does not count, nor does one away from the hands.
    """
    larger = np.log(rows[None, :, 3] / rows[:, None, 3])
    counts = held[None, :] & (rows[None, :, 4] > _RIVAL_SCORE * rows[:, None, 4])
    larger = np.where(counts & (larger < _FAR_PLATE), larger, 0.0)
    return np.asarray(np.clip(larger.max(axis=1), 0.0, None))


def _hand_distance(rows: Floats, hands_px: Floats) -> Floats:
    """(K,) from each candidate to the nearer hand, in plate heights; NaN where none is seen."""
    distance = np.hypot(*(rows[:, None, :2] - hands_px[None]).transpose(2, 0, 1))
    return np.asarray(np.fmin(distance[:, 0], distance[:, 1]) / rows[:, 3])


def _standing(candidates: Sequence[Floats], hands_px: Floats) -> list[Floats]:
    """How often, of the times when the hands are elsewhere, a plate stands in the same place.

    Near 1 for a plate on a rack; for the lifter's own, only while it waits on the floor.
    """
    looks = np.unique(np.linspace(0, len(candidates) - 1, _LOOKS).round().astype(int))
    most = max((len(candidates[look]) for look in looks), default=0)
    others = np.full((len(looks), max(1, most), 5), np.nan)
    for at, look in enumerate(looks):
        others[at, : len(candidates[look])] = candidates[look]
    hands = hands_px[looks]
    result = []
    for rows in candidates:
        mine = rows[:, None, None, :]
        reach = np.hypot(*(rows[:, None, None, :2] - hands).transpose(3, 0, 1, 2))
        away = np.fmin(reach[..., 0], reach[..., 1]) > _AWAY * rows[:, None, 3]  # (K, looks)
        gap = np.hypot(*(mine[..., :2] - others[..., :2]).transpose(3, 0, 1, 2))
        growth = np.abs(np.log(mine[..., 3] / others[..., 3]))
        same = (gap < _SAME_PLACE * mine[..., 3]) & (growth < _SAME_SIZE)
        there = (away & same.any(axis=2)).sum(axis=1)
        result.append(there / np.maximum(away.sum(axis=1), 1))
    return result
